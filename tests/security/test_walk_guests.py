"""Every URL of a shared ticket, for every kind of person and every kind of ticket."""

import uuid

import pytest

from tests.security import scenario as scenario_module
from tests.security.scenario import ASKED_TO_SIGN_IN, READS, TICKETS, secret
from tests.security.test_walk import all_rows, content
from wagtail_portal import actions
from wagtail_portal.models import Guest, Message, PortalSettings

PAGES = {
    "": 200,
    "?page=1": 200,
    "reply/": 302,
    "leave/": 302,
    "files/{file}/": 200,
    "files/{picture}/small/": 200,
    "files/{note}/": 404,
    "files/{upload}/": 404,
    # A file of another ticket.
    "files/{foreign}/": 404,
}


@pytest.fixture
def scenario(db):
    return scenario_module.build()


def paths(scenario, ticket):
    for pattern, status in PAGES.items():
        path = pattern.format(
            file=scenario.files[ticket],
            picture=scenario.pictures[ticket],
            note=scenario.notes[ticket],
            upload=scenario.uploads[ticket],
            foreign=scenario.files["foreign" if ticket != "foreign" else "plain"],
        )
        yield f"/support/shared/{scenario.numbers[ticket]}/{path}", status


def test_every_shared_url_for_every_person(scenario):
    before = all_rows()
    for person, browser in scenario.browsers():
        for ticket in TICKETS:
            for path, status in paths(scenario, ticket):
                response = browser.get(path)
                if ticket in READS[person]:
                    # They were a guest before, or got the link from one.
                    number = scenario.numbers[ticket]
                    assert (response.status_code, response.url) == (
                        302,
                        f"/support/tickets/{number}/",
                    )
                    continue
                if person in ASKED_TO_SIGN_IN:
                    wanted = 302
                    assert response.url.startswith("/accounts/login/?next=/support/shared/")
                else:
                    wanted = status if (person, ticket) == ("guest", "plain") else 404
                assert response.status_code == wanted, (person, path)
                text = content(response)
                assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
                known = {secret("plain")} if person == "guest" else set()
                found = {secret(name) for name in TICKETS if secret(name) in text}
                assert found <= known, (person, path)
                assert "secret-note" not in text
    assert all_rows() == before


def test_only_the_guest_replies_leaves_and_accepts(scenario):
    for person, browser in scenario.browsers():
        for ticket in TICKETS:
            url = f"/support/shared/{scenario.numbers[ticket]}/"
            may, before = (person, ticket) == ("guest", "plain"), Message.objects.count()
            # Another person's upload isn't sent along, and no status is taken from a browser.
            data = {
                "body": f"From {person}",
                "submission_key": uuid.uuid4(),
                "attachments-kept": scenario.uploads["plain"],
                "status": "5",
            }
            browser.post(f"{url}reply/", data)
            del data["attachments-kept"]
            browser.post(f"{url}reply/", data)
            assert Message.objects.count() - before == may, (person, ticket)
            if may:
                message = Message.objects.latest("pk")
                assert message.author == scenario.users["guest"] and not message.from_team
                assert not message.attachments.exists()
            guests = Guest.objects.count()
            browser.post(f"{url}accept/")
            assert Guest.objects.exclude(member=None).count() == guests
            if not may:
                browser.post(f"{url}leave/")
                assert Guest.objects.count() == guests, (person, ticket)
    assert set(READS) >= {"guest"}


def test_guest_uses_no_form_of_members(scenario):
    guest = dict(scenario.browsers())["guest"]
    before = all_rows()
    number = scenario.numbers["plain"]
    for name, data in {
        "reply": {"body": "x", "submission_key": uuid.uuid4()},
        "fields": {"fields-urgency": "urgent"},
        "close": {},
        "privacy": {"private": "yes"},
        "following": {"choice": "follow"},
        "followers": {"addresses": "theo@acme.example"},
        "guests": {"email": "another@partner.example"},
        "rating": {"rating-score": "good"},
        "read": {"message": "1"},
        "edit": {"message": "1", "body": "x"},
    }.items():
        assert guest.post(f"/support/tickets/{number}/{name}/", data).status_code == 403, name
    for path in ("uploads/", "open-form/", "members/invite/", "profile/", "read/"):
        assert guest.post(f"/support/{path}").status_code == 403
    for path in ("?q=secret", "export/csv/", "members/", "profile/data/"):
        assert guest.get(f"/support/{path}").status_code == 403
    assert all_rows() == before


def test_turned_off_ends_access_at_once(scenario):
    browser = dict(scenario.browsers())["guest"]
    url = f"/support/shared/{scenario.numbers['plain']}/"
    assert browser.get(url).status_code == 200
    portal = PortalSettings.objects.get()
    portal.customers_share = False
    portal.save()
    assert browser.get(url).status_code == 404
    assert secret("plain") not in content(browser.get("/support/"))
    guest = Guest.objects.get()
    portal.customers_share = True
    portal.save()
    assert browser.get(url).status_code == 200
    actions.revoke_access(guest.added_by, by=scenario_module.factories.SYSTEM, notify=False)
    assert browser.get(url).status_code == 404
