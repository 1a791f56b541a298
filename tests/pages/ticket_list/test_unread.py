"""Unread tickets: shown in the list, and marked as read by a separate request."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Follower, Role, Ticket, TicketReadState, with_unread
from wagtail_portal.permissions import Actor


@pytest.fixture
def team(db):
    return Actor.for_agent(factories.agent())


@pytest.fixture
def ticket(dana, home):
    return factories.ticket(dana)


def unread(browser) -> list[int]:
    return [row.unread for row in browser.get("/support/").context["rows"]]


def read(browser, ticket, message, **headers):
    path = f"/support/tickets/{ticket.number}/read/"
    return browser.post(path, {"message": message.pk}, headers=headers)


def test_replies_of_others_are_unread_until_read(as_member, dana, ticket, team):
    browser = as_member(dana)
    assert unread(browser) == [0]
    actions.reply(ticket, by=team, body="One")
    two = actions.reply(ticket, by=team, body="Two")
    assert unread(browser) == [2]
    html = browser.get("/support/").content.decode()
    assert "2 new" in html
    assert "data-unread" in html
    assert read(browser, ticket, two).url == f"/support/tickets/{ticket.number}/"
    assert unread(browser) == [0]
    assert "data-unread" not in browser.get("/support/").content.decode()
    actions.reply(ticket, by=team, body="Three")
    assert unread(browser) == [1]


def test_opening_a_ticket_does_not_mark_it_as_read(as_member, dana, ticket, team):
    browser = as_member(dana)
    actions.reply(ticket, by=team, body="One")
    browser.get(f"/support/tickets/{ticket.number}/")
    browser.get(f"/support/tickets/{ticket.number}/read/")
    browser.get("/support/read/")
    assert unread(browser) == [1]
    assert not TicketReadState.objects.exists()


def test_own_replies_and_notes_are_never_unread(as_member, dana, acme, ticket, team):
    browser = as_member(dana)
    actions.reply(ticket, by=Actor.for_member(dana), body="Mine")
    actions.add_note(ticket, by=team, body="Between us")
    assert unread(browser) == [0]
    # A member's own reply is unread for others, if they joined before it was written.
    admin = factories.member(acme, role=Role.ADMIN)
    assert unread(as_member(admin)) == [0]
    actions.reply(ticket, by=Actor.for_member(dana), body="And another thing")
    assert unread(as_member(admin)) == [1]


def test_read_state_is_personal(as_member, dana, acme, ticket, team):
    other = factories.member(acme)
    Follower.objects.create(ticket=ticket, member=other)
    message = actions.reply(ticket, by=team, body="One")
    read(as_member(dana), ticket, message)
    assert unread(as_member(dana)) == [0]
    assert unread(as_member(other)) == [1]


def test_replies_that_arrive_while_reading_stay_unread(as_member, dana, ticket, team):
    browser = as_member(dana)
    one = actions.reply(ticket, by=team, body="One")
    actions.reply(ticket, by=team, body="Two")
    read(browser, ticket, one)
    assert unread(browser) == [1]


def test_read_messages_stay_read(as_member, dana, ticket, team):
    browser = as_member(dana)
    one = actions.reply(ticket, by=team, body="One")
    two = actions.reply(ticket, by=team, body="Two")
    read(browser, ticket, two)
    read(browser, ticket, one)
    assert unread(browser) == [0]
    assert TicketReadState.objects.get().read_until == two.pk


def test_all_tickets_can_be_marked_as_read(as_member, dana, ticket, team):
    browser = as_member(dana)
    factories.ticket(dana)
    actions.reply(ticket, by=team, body="One")
    assert "Mark all as read" in browser.get("/support/").content.decode()
    assert browser.post("/support/read/").url == "/support/"
    assert unread(browser) == [0, 0]
    assert "Mark all as read" not in browser.get("/support/").content.decode()
    actions.reply(ticket, by=team, body="Two")
    assert unread(browser) == [1, 0]


def test_page_tells_the_script_what_to_mark_as_read(as_member, dana, ticket, team):
    browser = as_member(dana)

    def page():
        return browser.get(f"/support/tickets/{ticket.number}/").content.decode()

    assert "data-portal-read-state data-new" not in page()
    message = actions.reply(ticket, by=team, body="One")
    html = page()
    assert "data-portal-read-state data-new" in html
    assert f'<input type="hidden" name="message" value="{message.pk}">' in html
    # Without JavaScript, there's a button.
    assert "<noscript><button" in html
    response = read(browser, ticket, message, accept="application/json")
    assert response.status_code == 204
    assert "data-portal-read-state data-new" not in page()


def test_marking_as_read_twice_writes_nothing(as_member, dana, ticket, team):
    browser = as_member(dana)
    message = actions.reply(ticket, by=team, body="One")
    read(browser, ticket, message)
    with CaptureQueriesContext(connection) as captured:
        read(browser, ticket, message)
    writes = [row["sql"] for row in captured if not row["sql"].startswith("SELECT")]
    assert not [sql for sql in writes if "SAVEPOINT" not in sql and "BEGIN" not in sql]


@pytest.mark.parametrize("message", ["", "x", "0", "99999999", "9" * 40, "٣", "\x00"])
def test_invalid_message_is_ignored(as_member, dana, ticket, message):
    path = f"/support/tickets/{ticket.number}/read/"
    assert as_member(dana).post(path, {"message": message}).status_code == 404


def test_marking_as_read_requires_access(dana, acme, ticket, team):
    foreign = factories.ticket(factories.member(factories.organization()))
    note = actions.add_note(ticket, by=team, body="Note")
    by = Actor.for_member(dana)
    for which, message, who in (
        (foreign, foreign.messages.get(), by),
        (ticket, note, by),
        (ticket, foreign.messages.get(), by),
    ):
        with pytest.raises(NotAllowed):
            actions.mark_read(which, by=who, message=message)
    with pytest.raises(NotAllowed):
        actions.mark_all_read(by=team)
    assert not TicketReadState.objects.exists()


def test_marking_all_as_read_writes_no_row_for_old_messages(dana, ticket, team):
    yesterday = timezone.now() - timedelta(days=1)
    for number in range(3):
        other = factories.ticket(dana, at=yesterday)
        actions.reply(other, by=team, body=f"No. {number}", at=yesterday)
    actions.reply(ticket, by=team, body="New")
    actions.mark_all_read(by=Actor.for_member(dana))
    visible = with_unread(Ticket.objects.visible_to(dana), dana)
    assert not visible.filter(unread__gt=0).exists()
    assert TicketReadState.objects.get(member=dana).ticket == ticket


def test_agents_have_their_own_read_state(as_member, dana, ticket, team):
    message = actions.reply(ticket, by=team, body="One")
    actions.mark_read(ticket, by=team, message=message)
    assert unread(as_member(dana)) == [1]
