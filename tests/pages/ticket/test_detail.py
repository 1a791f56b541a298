"""The ticket page."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.pages.error_pages import without_details
from wagtail_portal import actions
from wagtail_portal.models import DesignatedField, Message, PortalSettings, Role
from wagtail_portal.pages.ticket.conversation import link_tickets
from wagtail_portal.permissions import Actor


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, subject="Export fails", body="It **stops**.")


@pytest.fixture
def agent(db):
    return factories.agent(name="Robin Vale")


def url(ticket, more=""):
    return f"/support/tickets/{ticket.number}/{more}"


def send(browser, ticket, **data):
    return browser.post(url(ticket, "reply/"), {"submission_key": str(uuid.uuid4()), **data})


def test_conversation_goes_back_and_forth(browser, ticket, agent):
    actions.reply(ticket, by=Actor.for_agent(agent), body="Which *browser*?")
    page = browser.get(url(ticket)).content.decode()
    assert "Robin Vale" in page
    assert "Which <em>browser</em>?" in page
    assert "Waiting on you" in page

    response = send(browser, ticket, body="Firefox", attachments=[factories.upload("log.txt")])
    message = Message.objects.latest("id")
    assert response.url == url(ticket) + f"#message-{message.pk}"
    page = browser.get(url(ticket)).content.decode()
    assert "Firefox" in page
    assert "log.txt" in page
    assert "In progress" in page


def test_new_messages_are_marked(browser, as_member, ticket, agent, dana):
    by = Actor.for_agent(agent)
    read = actions.reply(ticket, by=by, body="Which browser?")
    actions.mark_read(ticket, by=Actor.for_member(dana), message=read)
    first = actions.reply(ticket, by=by, body="Or which version?")
    actions.reply(ticket, by=Actor.for_member(dana), body="Firefox")
    last = actions.reply(ticket, by=by, body="Thank you.")
    page = BeautifulSoup(browser.get(url(ticket)).content, "html.parser")
    divider = page.select_one("#unread")
    assert divider.get_text() == "2 new"
    assert divider.find_next("article")["id"] == f"message-{first.pk}"
    unread = page.select(".portal-message--unread")
    assert [row["id"] for row in unread] == [f"message-{first.pk}", f"message-{last.pk}"]
    assert unread[0].find("a", string="Next unread")["href"] == f"#message-{last.pk}"
    # The list leads to the divider.
    assert f'href="{url(ticket)}#unread"' in browser.get("/support/").content.decode()
    actions.mark_read(ticket, by=Actor.for_member(dana), message=last)
    assert 'id="unread"' not in browser.get(url(ticket)).content.decode()
    # Who has read nothing begins at the beginning.
    admin = as_member(factories.member(ticket.organization, role=Role.ADMIN))
    assert 'id="unread"' not in admin.get(url(ticket)).content.decode()


def test_numbers_of_visible_tickets_are_links(browser, ticket, agent, dana, acme):
    mine, theirs = factories.ticket(dana), factories.ticket(factories.member(acme))
    names = f"#{mine.number}, #{theirs.number}, `#{mine.number}`, x#{mine.number} and #99"
    newer = actions.reply(ticket, by=Actor.for_agent(agent), body=names)
    link = f'<a href="{url(mine)}">#{mine.number}</a>, #{theirs.number}, <code>#{mine.number}'
    assert link in browser.get(url(ticket)).content.decode()
    updates = browser.get(f"/accounts/updates/{ticket.number}/?after={newer.pk - 1}")
    assert link in updates.content.decode()
    admin = factories.member(factories.organization())
    assert mine.number not in _linked(admin, newer)


def _linked(member, message) -> list:
    entries = [{"html": message.html}]
    link_tickets(entries, member, lambda name, number: f"/{number}/")
    return [int(number) for number in re.findall(r'href="/(\d+)/"', entries[0]["html"])]


def test_answers_are_in_the_first_message_and_empty_fields_nowhere(browser, home, dana):
    answer = {"id": "1", "label": "Which version?", "type": "text", "value": "4.25"}
    ticket = factories.ticket(dana, answers=[answer])
    actions.reply(ticket, by=Actor.for_member(dana), body="Any news?")
    settings = PortalSettings.for_site(ticket.site)
    for key in ("assignee", "urgency"):
        DesignatedField.objects.create(settings=settings, builtin=key)
    page = BeautifulSoup(browser.get(url(ticket)).content, "html.parser")
    first, second = page.select("article")
    assert "Which version?" in first.get_text() and "4.25" in first.get_text()
    assert "Which version?" not in second.get_text()
    fields = page.select_one(".portal-details__list")
    assert [row.get_text() for row in fields.select("dt")] == ["Urgency"]
    assert "–" not in fields.get_text()


def test_internal_note_leaves_no_trace(browser, ticket, agent):
    before = browser.get("/support/").content, browser.get(url(ticket)).content
    actions.add_note(ticket, by=Actor.for_agent(agent), body="They never pay", attachments=[])
    ticket.refresh_from_db()
    after = browser.get("/support/").content, browser.get(url(ticket)).content

    def comparable(page):
        page = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)
        return re.sub(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", b"", page)

    assert [comparable(page) for page in before] == [comparable(page) for page in after]
    assert ticket.team_updated_at > ticket.updated_at


@pytest.mark.parametrize("method", ["get", "post"])
def test_tickets_of_others_look_like_missing_ones(as_member, ticket, method):
    outsider = as_member(factories.member(factories.organization()))
    for more in ("", "reply/"):
        foreign = getattr(outsider, method)(url(ticket, more))
        missing = getattr(outsider, method)(f"/support/tickets/99999/{more}")
        assert foreign.status_code == missing.status_code == 404
        assert without_details(foreign) == without_details(missing)


def test_teammates_only_see_it_as_admin_or_follower(as_member, ticket, acme):
    teammate = factories.member(acme)
    assert as_member(teammate).get(url(ticket)).status_code == 404
    admin = factories.member(acme, role=Role.ADMIN)
    assert as_member(admin).get(url(ticket)).status_code == 200
    actions.follow(ticket, by=Actor.for_member(admin), member=teammate)
    assert as_member(teammate).get(url(ticket)).status_code == 200
    assert "Export fails" in as_member(teammate).get("/support/").content.decode()


def test_private_ticket_is_hidden_from_the_admin(as_member, ticket, acme):
    admin = factories.member(acme, role=Role.ADMIN)
    ticket.private = True
    ticket.save()
    assert as_member(admin).get(url(ticket)).status_code == 404
    assert "Export fails" not in as_member(admin).get("/support/").content.decode()


def test_empty_reply_is_rejected_with_a_message(browser, ticket):
    response = send(browser, ticket, body=" \n ")
    assert response.status_code == 200
    assert "Write a message or attach a file." in response.content.decode()
    assert ticket.messages.count() == 1


def test_reply_can_consist_of_a_file_only(browser, ticket):
    assert send(browser, ticket, attachments=[factories.upload()]).status_code == 302


def test_too_long_reply_is_rejected_and_kept(browser, ticket):
    response = send(browser, ticket, body="x" * 50_001)
    assert "The limit is 50000." in response.content.decode()
    assert "x" * 50_001 in response.content.decode()


def test_reply_submitted_twice_is_saved_once(browser, ticket):
    key = str(uuid.uuid4())
    first = send(browser, ticket, body="Once", submission_key=key)
    second = send(browser, ticket, body="Once", submission_key=key)
    assert first.url == second.url
    assert ticket.messages.count() == 2


def test_reply_reopens_a_solved_ticket(browser, ticket, agent):
    actions.change_status(ticket, by=Actor.for_agent(agent), status=factories.status("closed"))
    assert "Solved" in browser.get(url(ticket)).content.decode()
    send(browser, ticket, body="Still broken")
    ticket.refresh_from_db()
    assert ticket.status.key == "in-progress"
    assert ticket.closed_at is None


def test_reply_survives_an_expired_session(client, ticket, dana):
    response = send(client, ticket, body="A long answer")
    assert response.url == f"/accounts/login/?next={url(ticket)}"
    client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "A long answer" in client.get(url(ticket)).content.decode()
    send(client, ticket, body="A long answer")
    page = client.get(url(ticket)).content.decode()
    assert page.count("A long answer") == 1


def test_get_of_the_reply_url_redirects_to_the_ticket(browser, ticket):
    assert browser.get(url(ticket, "reply/")).url == url(ticket)


def test_only_designated_fields_and_events_are_shown(browser, home, dana, agent):
    severity = factories.ticket_field("Severity", choices=[("High", "red")])
    factories.ticket_field("Risk score", type="text", set_by="team")
    ticket = factories.ticket(dana, values={"severity": "high"})
    by = Actor.for_agent(agent)
    actions.change_fields(ticket, by=by, values={"risk-score": "SECRET-9"})
    actions.assign(ticket, by=by, assignee=agent)
    actions.change_status(ticket, by=by, status=factories.status("on-hold"))
    page = browser.get(url(ticket)).content.decode()
    assert "Severity" not in page
    assert "Robin Vale" not in page

    settings = PortalSettings.for_site(home.get_site())
    for row in (
        {"builtin": "assignee"},
        {"ticket_field": severity},
        {"builtin": "status"},
        {"builtin": "opened"},
    ):
        DesignatedField.objects.create(settings=settings, **row)
    page = browser.get(url(ticket)).content.decode()
    assert "Severity" in page
    assert "High" in page
    assert "Robin Vale is looking after this ticket" in page
    assert "Status changed to On hold" in page
    assert "&lt;time" not in page
    assert "SECRET-9" not in page
    assert "Risk" not in page


@pytest.mark.parametrize("path", ["/support/", "/support/new/", "/support/tickets/{}/"])
def test_personal_pages_are_not_cached(browser, ticket, path):
    factories.form_page(ticket.site.root_page.get_children().get(slug="support").specific)
    header = browser.get(path.format(ticket.number))["Cache-Control"]
    assert "private" in header
    assert "no-store" in header


XSS = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_user_content_is_never_rendered_as_markup(as_member, home):
    acme = factories.organization(f"Acme {XSS}")
    dana = factories.member(acme, name=f"Dana {XSS}")
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    field = factories.ticket_field(f"Field {XSS}", choices=[(f"Choice {XSS}", "red")])
    DesignatedField.objects.create(
        settings=PortalSettings.for_site(home.get_site()), ticket_field=field
    )
    ticket = factories.ticket(
        dana,
        subject=f"Subject {XSS}",
        body=f"{XSS}\n\n[x](javascript:alert(1)) ![x](https://tracker.example/x.png)",
        values={field.key: field.choices.get().key},
        answers=[{"id": "1", "type": "text", "label": XSS, "value": XSS, "display": XSS}],
        attachments=[factories.upload(f"a{XSS.replace('/', '')}.txt")],
    )
    for page in (admin.get("/support/"), admin.get(url(ticket))):
        content = page.content.decode()
        assert "<script>alert" not in content
        assert "<img src=x" not in content
        assert 'javascript:alert(1)"' not in content
        assert '<img src="https://tracker' not in content


class TestAttachment:
    @pytest.fixture
    def attachment(self, ticket, dana):
        message = actions.reply(
            ticket,
            by=Actor.for_member(dana),
            body="",
            attachments=[factories.upload("../../notes ä.txt", b"the bytes")],
        )
        return message.attachments.get()

    @pytest.fixture
    def address(self, browser, ticket, attachment):
        import re

        page = browser.get(url(ticket)).content.decode()
        return re.search(r'href="(/support/files/[^"]+)"', page).group(1)

    def test_attachment_is_served_to_readers_of_the_message(self, browser, address):
        response = browser.get(address)
        assert b"".join(response.streaming_content) == b"the bytes"
        assert response["Content-Type"].startswith("text/plain")
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"]

    def test_attachment_is_hidden_from_everyone_else(self, client, as_member, address, acme):
        assert client.get(address).status_code == 302
        for member in (factories.member(acme), factories.member(factories.organization())):
            assert as_member(member).get(address).status_code == 404

    def test_attachments_of_others_look_like_missing_ones(self, as_member, address, attachment):
        outsider = as_member(factories.member(factories.organization()))
        foreign = outsider.get(address)
        wrong = outsider.get(address.replace(str(attachment.pk), str(uuid.uuid4())))
        assert foreign.status_code == wrong.status_code == 404
        assert without_details(foreign) == without_details(wrong)

    def test_attachment_of_an_internal_note_is_hidden_from_customers(self, browser, ticket, agent):
        note = actions.add_note(
            ticket, by=Actor.for_agent(agent), body="", attachments=[factories.upload("n.txt")]
        )
        file = note.attachments.get()
        assert browser.get(f"/support/files/{file.pk}/").status_code == 404

    def test_attachment_is_stored_outside_media_under_a_generated_name(self, attachment, settings):
        assert attachment.name == "notes ä.txt"
        assert "notes" not in attachment.file.name
        assert not attachment.file.path.startswith(str(settings.MEDIA_ROOT))


def test_conversation_is_paginated_without_repeating_messages(
    browser, ticket, agent, dana, settings
):
    by = Actor.for_agent(agent)
    for number in range(4):
        actions.reply(ticket, by=by, body=f"Letter {number}.")
        actions.change_status(ticket, by=by, status=factories.status("in-progress"))
    events = browser.get(url(ticket)).content.decode().count("portal-event")
    assert events == 8
    settings.WAGTAIL_PORTAL = {"MESSAGES_PER_PAGE": 2}
    pages = [browser.get(url(ticket, f"?page={n}")).content.decode() for n in (1, 2, 3)]
    words = ["It <strong>stops</strong>", *(f"Letter {number}." for number in range(4))]
    where = [[word in page for page in pages] for word in words]
    last, middle, first = [True, False, False], [False, True, False], [False, False, True]
    assert where == [first, middle, middle, last, last]
    assert sum(page.count("portal-event") for page in pages) == events
    assert f'href="{url(ticket)}?page=2"' in pages[0]
    assert f'href="{url(ticket)}?page=1"' in pages[1]
    assert f'href="{url(ticket)}?page=3"' in pages[1]
    assert browser.get(url(ticket, "?page=4")).status_code == 404
