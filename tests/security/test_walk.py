"""Every portal URL for every kind of person and every kind of object.

Who can see what is stated in :mod:`tests.security.scenario`, not computed by the code.
"""

import re
import uuid
from collections import defaultdict

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from tests.pages.error_pages import strip_details
from tests.rollback import rolled_back
from tests.security import scenario as scenario_module
from tests.security.scenario import ASKED_TO_SIGN_IN, MEMBERS, READS, TICKETS, WRITERS, secret
from wagtail_portal import actions
from wagtail_portal.models import (
    DesignatedField,
    Member,
    Message,
    PortalSettings,
    RateLimit,
    Role,
    Ticket,
    TicketReadState,
)

PEOPLE = list(READS)
MANAGERS = {"admin", "foreign admin"}
#: Pages without an object: the status and who gets it. Other members get a 404.
PAGES = {
    "": (200, MEMBERS),
    "?tab=needs-reply": (200, MEMBERS),
    "?tab=open&period=all": (200, MEMBERS),
    "?tab=closed&page=2": (200, MEMBERS),
    "?scope=followed&sort=-status&requester_name=p&active_from=2020-01-01": (200, MEMBERS),
    # IDs of all members and forms, including one's own.
    "?" + "&".join(f"requester={pk}&form={pk}" for pk in range(1, 50)): (200, MEMBERS),
    "?" + "&".join(f"requester={pk}" for pk in range(1, 50)): (200, MEMBERS),
    "read/": (302, MEMBERS),
    "organization/": (200, MEMBERS),
    "notifications/": (200, MEMBERS),
    "profile/": (200, MEMBERS),
    "profile/addresses/": (200, MEMBERS),
    "profile/sign-out/": (302, MEMBERS),
    "profile/data/": (302, MEMBERS),
    "new/": (200, MEMBERS),
    "open-form/": (200, MEMBERS),
    "open-form/?subject=x": (200, MEMBERS),
    "admins-form/": (200, {"admin", "foreign admin"}),
    "uploads/": (200, set()),
    "members/": (200, MANAGERS),
    "members/?q=p&page=2": (200, MANAGERS),
    "members/history/": (200, MANAGERS),
    "members/invite/": (302, MANAGERS),
}
#: Actions that a ticket's forms post to.
BUTTONS = ("fields", "close", "reopen", "privacy", "following", "rating")
#: The status for members who can only read.
READ_ONLY = {"tickets/{number}/followers/": 302, "tickets/{number}/follow-up/": 404}
ABOUT_TICKETS = {
    "tickets/{number}/": 200,
    "tickets/{number}/reply/": 302,
    "tickets/{number}/read/": 302,
    "tickets/{number}/?message=1": 200,
    **{f"tickets/{{number}}/{name}/": 302 for name in BUTTONS},
    "tickets/{number}/followers/": 200,
    "tickets/{number}/follow-up/": 302,
    "files/{file}/": 200,
    "files/{picture}/small/": 200,
    "files/{note}/": None,
    "files/{upload}/": None,
}


@pytest.fixture
def scenario(db):
    return scenario_module.build()


def content(response) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode()


def urls(scenario):
    """Yield ``(pattern, path, status, people)`` for everything there is to open; ``people`` get
    ``status``."""
    for path, (status, people) in PAGES.items():
        yield path, path, status, people
    for pattern, status in ABOUT_TICKETS.items():
        for ticket in TICKETS:
            path = pattern.format(
                number=scenario.numbers[ticket],
                file=scenario.files[ticket],
                picture=scenario.pictures[ticket],
                note=scenario.notes[ticket],
                upload=scenario.uploads[ticket],
            )
            readers = {person for person in PEOPLE if status and ticket in READS[person]}
            yield pattern, path, status, readers


def expected(person, status, people) -> int:
    if person in ASKED_TO_SIGN_IN:
        return 302
    if person not in MEMBERS:
        return 403
    return status if person in people else 404


def check_response(response, person, path, wanted) -> str:
    where = f"{person} at {path}"
    text = content(response)
    assert response.status_code == wanted, where
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), where
    if person in ASKED_TO_SIGN_IN:
        assert response["Location"].startswith("/accounts/login/?next=/support/"), where
    known = {secret(ticket) for ticket in READS[person]} if person in MEMBERS else set()
    if person not in ("admin", "foreign admin"):
        assert "Form of admins" not in text, where
    assert set(re.findall(r"secret-of-[a-z]+|secret-note", text)) <= known, where
    return text


@pytest.mark.long
def test_every_url_for_every_person(scenario):
    walked = 0
    for person, browser in scenario.browsers():
        before = all_rows()
        hidden = defaultdict(set)
        for pattern, path, status, people in urls(scenario):
            if person == "reader":
                status = READ_ONLY.get(pattern, status)
            wanted = expected(person, status, people)
            text = check_response(browser.get(f"/support/{path}"), person, path, wanted)
            if wanted == 404:
                hidden[pattern].add(strip_details(text))
            walked += 1
        # Missing and hidden objects must look the same.
        assert all(len(answers) == 1 for answers in hidden.values()), person
        # A GET request never changes anything.
        assert all_rows() == before, person
    assert walked == len(PEOPLE) * 119


def test_list_shows_visible_tickets(scenario):
    for person, browser in scenario.browsers():
        listed = set(re.findall(r"secret-of-([a-z]+)", content(browser.get("/support/"))))
        # Members of several organizations see one at a time.
        assert listed == (READS[person] - {"foreign"} if person == "in both" else READS[person])


def test_only_readers_who_can_write_can_reply(scenario):
    for person, browser in scenario.browsers():
        for ticket in TICKETS:
            before = Message.objects.count()
            data = {"body": f"From {person}", "submission_key": uuid.uuid4()}
            path = f"tickets/{scenario.numbers[ticket]}/reply/"
            may = person in WRITERS and ticket in READS[person]
            if may:
                # With another person's upload, nothing is sent.
                upload = scenario.uploads["foreign" if person == "dana" else "plain"]
                browser.post(f"/support/{path}", {**data, "attachments-kept": upload})
                assert Message.objects.count() == before, (person, ticket)
            response = browser.post(f"/support/{path}", data)
            told = 200 if person in MEMBERS and ticket in READS[person] else 404
            check_response(response, person, path, 302 if may else expected(person, told, MEMBERS))
            assert Message.objects.count() - before == may, (person, ticket)
            if may:
                message = Message.objects.latest("id")
                assert message.author == scenario.users[person]
                assert message.member.organization_id == message.ticket.organization_id
                assert not message.from_team
                assert not message.attachments.exists()


#: By form: the data sent, who can do it (None: everyone who can read and write; otherwise the
#: requester only), and whether read-only members can too.
SENT = {
    "fields": ({"fields-urgency": "urgent", "fields-field-secret": "x"}, None, False),
    "close": ({}, None, False),
    "reopen": ({}, None, False),
    "privacy": ({"private": "yes"}, "requester", False),
    "rating": ({"rating-score": "bad", "rating-comment": "x"}, "requester", False),
    "following": ({"choice": "mute"}, None, True),
    "followers": ({"addresses": "theo@acme.example"}, None, False),
    "follow-up": ({"subject": "A follow-up", "body": "x"}, None, False),
}


@pytest.mark.parametrize("name", SENT)
def test_ticket_actions_require_permission(scenario, name):
    settings = PortalSettings.for_site(Site.objects.get())
    settings.ask_satisfaction = True
    settings.save()
    DesignatedField.objects.create(settings=settings, builtin="urgency", editable=True)
    if name in ("reopen", "rating"):
        Ticket.objects.update(status=factories.status("closed"), closed_at=timezone.now())
    data, only, readers = SENT[name]
    before = all_rows()
    for person, browser in scenario.browsers():
        for ticket in TICKETS:
            with rolled_back():
                path = f"tickets/{scenario.numbers[ticket]}/{name}/"
                same = Ticket.objects.filter(number=scenario.numbers[ticket])
                was_private = same.filter(private=True).exists()
                response = browser.post(f"/support/{path}", data)
                reads = ticket in READS[person]
                may = reads and (person in WRITERS or readers)
                if only == "requester" and may:
                    found = Ticket.objects.get(number=scenario.numbers[ticket])
                    may = found.requester.user == scenario.users[person]
                    if name == "privacy":
                        may = may and not was_private
                elif name == "followers":
                    # Theo can be added to tickets of Acme and already follows his own.
                    may = may and ticket not in ("foreign", "teammates")
                changed = all_rows() != before
                assert changed == may, (person, ticket)
                if not reads:
                    check_response(response, person, path, expected(person, 404, MEMBERS))


def test_only_readers_can_mark_as_read(scenario):
    for person, browser in scenario.browsers():
        for ticket in TICKETS:
            before = TicketReadState.objects.count()
            message = Message.objects.filter(ticket__number=scenario.numbers[ticket]).first()
            path = f"tickets/{scenario.numbers[ticket]}/read/"
            data = {"message": message.pk if message else 1}
            response = browser.post(f"/support/{path}", data)
            may = person in MEMBERS and ticket in READS[person]
            check_response(response, person, path, expected(person, 302 if may else 404, MEMBERS))
            assert TicketReadState.objects.count() - before == may, (person, ticket)
            if may:
                assert TicketReadState.objects.latest("id").member.user == scenario.users[person]
        Member.objects.update(read_until=0)
        before = set(TicketReadState.objects.values_list("pk", "read_until"))
        response = browser.post("/support/read/")
        check_response(response, person, "read/", expected(person, 302, MEMBERS))
        marked = set(TicketReadState.objects.values_list("pk", "read_until")) - before
        rows = TicketReadState.objects.filter(pk__in=[pk for pk, _until in marked])
        assert {row.member.user for row in rows} <= {scenario.users[person]}


@pytest.mark.parametrize("form", ["open-form", "admins-form"])
def test_only_members_who_can_open_tickets_can_submit_a_form(scenario, form):
    for person, browser in scenario.browsers():
        before = set(Ticket.objects.values_list("pk", flat=True))
        response = browser.post(
            f"/support/{form}/",
            {
                "submission_key": uuid.uuid4(),
                "subject": "Opened in a walk",
                "description": "d",
                # Values that the form doesn't ask for are ignored.
                "requester": "1",
                "organization": "1",
                "status": "5",
                "private": "on",
                "assignee": scenario.users["agent"].pk,
            },
        )
        finds = MEMBERS if form == "open-form" else {"admin", "foreign admin"}
        may = person in WRITERS & finds
        wanted = 302 if may else expected(person, 200, finds)
        check_response(response, person, form, wanted)
        opened = Ticket.objects.exclude(pk__in=before)
        assert opened.count() == may
        for ticket in opened:
            assert ticket.requester.user == scenario.users[person]
            assert ticket.organization == ticket.requester.organization
            assert (ticket.status.key, ticket.private, ticket.assignee) == ("new", False, None)


def test_only_members_who_can_write_can_upload(scenario):
    for person, browser in scenario.browsers():
        response = browser.post("/support/uploads/", {"file": factories.upload()})
        if person in WRITERS:
            assert set(response.json()) == {"id", "name"}
            wanted = 200
        else:
            wanted = 302 if person in ASKED_TO_SIGN_IN else 403
        check_response(response, person, "uploads/", wanted)


def test_memberships_of_others_cannot_be_used(scenario):
    for person, browser in scenario.browsers():
        user = scenario.users[person]
        for other in ("dana", "admin", "outsider"):
            if other == person:
                continue
            membership = scenario.users[other].portal_memberships.get()
            response = browser.post("/support/organization/", {"member": membership.pk})
            check_response(response, person, "organization/", expected(person, 200, MEMBERS))
            page = content(browser.get("/support/"))
            own = (
                {row.organization.name for row in user.portal_memberships.all()}
                if user.pk
                else set()
            )
            for name in {"Acme", "Globex"} - own:
                assert name not in page


def test_members_are_only_managed_by_admins_of_their_organization(scenario):
    invitations = {
        name: actions.invite_member(
            scenario.users[name].portal_memberships.get().organization,
            by=factories.SYSTEM,
            email=f"invited@{name}.example",
            notify=False,
        )[0]
        for name in ("dana", "outsider")
    }
    admins = {"dana": "admin", "outsider": "foreign admin"}
    for person, browser in scenario.browsers():
        before = all_rows()
        for name, admin in admins.items():
            other = scenario.users[name].portal_memberships.get()
            for path, done in (
                (f"members/{other.pk}/", ("revoke", "role", "restore", "", "x")),
                (f"members/invitations/{invitations[name].pk}/", ("withdraw", "resend", "x")),
            ):
                for do in done:
                    with rolled_back():
                        role = Role.objects.get(key="admin")
                        data = {"do": do, "role": role.pk, "confirmed": "yes"}
                        response = browser.post(f"/support/{path}", data)
                        may = person == admin
                        check_response(
                            response, person, path, 302 if may else expected(person, 404, ())
                        )
                        changed = all_rows() != before
                        assert changed == (may and do not in ("restore", "", "x")), (
                            person,
                            path,
                            do,
                        )
        with rolled_back():
            data = {"addresses": "new@acme.example", "role": Role.objects.get(key="member").pk}
            response = browser.post("/support/members/invite/", data)
            may = person in MANAGERS
            check_response(response, person, "invite", 302 if may else expected(person, 404, ()))
            assert (all_rows() != before) == may


def all_rows() -> list[list[tuple]]:
    """Return every row of the portal's tables, in order of primary keys. Counters of limits change
    with every attempt, also with those that are refused."""
    models = set(apps.get_app_config("wagtail_portal").get_models(include_auto_created=True))
    rows = []
    with connection.cursor() as cursor:
        for model in sorted(models - {RateLimit}, key=lambda model: model._meta.db_table):
            table, key = map(
                connection.ops.quote_name, (model._meta.db_table, model._meta.pk.column)
            )
            cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")  # noqa: S608 - our own names
            rows.append(cursor.fetchall())
    return rows
