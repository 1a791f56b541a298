"""Live updates of an open ticket page: complete, cheap and private."""

import re

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor

LIVE = re.compile(
    r'data-portal-live="([^"]+)" data-portal-version="([^"]+)" data-portal-newest="(\d+)"', re.ASCII
)


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, subject="Export fails")


@pytest.fixture
def by():
    return Actor.for_agent(factories.agent(name="Robin Vale"))


class Page:
    """An open page that polls for updates."""

    def __init__(self, browser, ticket):
        html = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
        address, tag, self.newest = LIVE.search(html).groups()
        self.browser, self.address, self.tag = browser, address, tag.replace("&quot;", '"')

    def ask(self, browser=None):
        return (browser or self.browser).get(
            self.address, {"after": self.newest}, headers={"if-none-match": self.tag}
        )


@pytest.fixture
def page(browser, ticket):
    return Page(browser, ticket)


def test_poll_without_updates_takes_four_queries(page, django_assert_max_num_queries):
    # From then on, the number of sites is in the cache.
    page.ask()
    with django_assert_max_num_queries(4):
        response = page.ask()
    assert response.status_code == 304
    assert response.content == b""
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


def test_reply_of_someone_else_appears_with_its_author(page, ticket, by):
    files = [factories.picture("plan.png")]
    message = actions.reply(ticket, by=by, body="Try *this*", attachments=files)
    factories.make_thumbnails()
    response = page.ask()
    html = response.content.decode()
    assert response.status_code == 200
    assert "New reply from Robin Vale" in html
    assert "Try <em>this</em>" in html
    assert f'id="message-{message.pk}"' in html
    assert f"/support/files/{message.attachments.get().pk}/small/" in html
    # The status has changed as well and is updated at the top of the page.
    assert "Waiting on you" in html
    assert "Help!" not in html
    page.newest, page.tag = message.pk, response["ETag"]
    assert page.ask().status_code == 304


def test_several_new_messages_are_counted(page, ticket, by):
    for number in range(3):
        actions.reply(ticket, by=by, body=f"Letter {number}.")
    html = page.ask().content.decode()
    assert "3 new replies" in html
    assert re.findall(r"Letter \d", html) == ["Letter 0", "Letter 1", "Letter 2"]


def test_own_reply_in_another_tab_appears_without_a_notice(page, ticket, dana):
    actions.reply(ticket, by=Actor.for_member(dana), body="From another tab")
    html = page.ask().content.decode()
    assert "From another tab" in html
    assert "portal-updates__link" not in html


def test_other_changes_suggest_a_reload(page, ticket, by):
    actions.change_status(ticket, by=by, status=factories.status("on-hold"))
    html = page.ask().content.decode()
    assert "This ticket has changed" in html
    assert f'href="/support/tickets/{ticket.number}/"' in html
    assert "On hold" in html


def test_internal_note_changes_nothing(page, ticket, by):
    actions.add_note(ticket, by=by, body="Between us")
    assert page.ask().status_code == 304


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30, "%00"])
def test_invalid_numbers_count_as_the_beginning(browser, page, after):
    response = browser.get(f"{page.address}?after={after}")
    assert "Help!" in response.content.decode()


def test_members_without_access_learn_nothing(client, as_member, page, acme):
    outsider = as_member(factories.member(factories.organization()))
    teammate = as_member(factories.member(acme))
    revoked = as_member(factories.member(acme, role=Role.NO_ACCESS))
    staff = factories.agent()
    for browser, status in ((outsider, 404), (teammate, 404), (revoked, 403), (client, 403)):
        response = page.ask(browser)
        assert (response.status_code, response.content) == (status, b"")
        assert "ETag" not in response
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert page.ask(client).status_code == 403


def test_tickets_of_others_look_like_missing_ones(as_member, page):
    outsider = as_member(factories.member(factories.organization()))
    number = re.search(r"\d+", page.address).group()
    missing = outsider.get(page.address.replace(number, "99999"))
    assert (missing.status_code, missing.content) == (404, b"")


def test_updates_work_for_tickets_of_ones_other_organization(home, as_member, by):
    both = [factories.member(factories.organization(), "both@both.example") for _number in range(2)]
    browser = as_member(both[0])
    for member in both:
        ticket = factories.ticket(member)
        page = Page(browser, ticket)
        actions.reply(ticket, by=by, body="News")
        assert "News" in page.ask().content.decode()


def test_only_the_last_page_of_a_conversation_polls(browser, ticket, by, settings):
    settings.WAGTAIL_PORTAL = {"MESSAGES_PER_PAGE": 2}
    for _number in range(3):
        actions.reply(ticket, by=by, body="Letter")
    html = browser.get(f"/support/tickets/{ticket.number}/?page=2").content.decode()
    assert "data-portal-live" not in html


def test_polling_changes_nothing(browser, page, ticket, by):
    actions.reply(ticket, by=by, body="News")
    ticket.refresh_from_db()
    before = ticket.updated_at
    assert browser.post(page.address).status_code == 405
    page.ask()
    ticket.refresh_from_db()
    assert ticket.updated_at == before
