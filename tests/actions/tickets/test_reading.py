"""Marking tickets as read, and the order of what there is to read."""

from datetime import timedelta

from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.desk.tickets.conversation import version as team_version
from wagtail_portal.models import Ticket, is_unread, with_read_until, with_unread
from wagtail_portal.pages.ticket.live import version
from wagtail_portal.signals import file_received


def unread(member) -> int:
    return with_unread(Ticket.objects.visible_to(member), member).get().unread


def test_marking_the_last_message_as_read_leaves_nothing_unread(ticket, customer, team):
    first, second = (actions.reply(ticket, by=team, body=body) for body in ("One", "Two"))
    assert unread(customer.member) == 2
    actions.mark_read(ticket, by=customer, message=first)
    assert unread(customer.member) == 1
    actions.mark_read(ticket, by=customer, message=second)
    assert unread(customer.member) == 0


def test_slow_reply_is_unread_although_a_faster_one_was_read(ticket, customer, team):
    def reply_faster(**kwargs):
        faster = actions.reply(ticket, by=team, body="Faster")
        actions.mark_read(ticket, by=customer, message=faster)

    file_received.connect(reply_faster)
    try:
        actions.reply(ticket, by=team, body="Slow", attachments=[factories.upload()])
    finally:
        file_received.disconnect(reply_faster)
    assert [message.body for message in ticket.messages.all()][1:] == ["Faster", "Slow"]
    assert unread(customer.member) == 1


class TestClockThatWentBack:
    """The time of what happens is an hour before that of what happened already."""

    at = timezone.now() - timedelta(hours=1)

    def test_newer_replies_are_unread_and_come_last(self, ticket, customer, team):
        first = actions.reply(ticket, by=team, body="First")
        actions.mark_read(ticket, by=customer, message=first)
        actions.reply(ticket, by=team, body="Second", at=self.at)
        assert unread(customer.member) == 1
        assert ticket.messages.last().body == "Second"
        actions.mark_all_read(by=customer)
        assert unread(customer.member) == 0

    def test_newer_reply_of_a_customer_is_unread_for_an_agent(self, ticket, customer, team):
        actions.mark_read(ticket, by=team, message=ticket.messages.get())
        actions.reply(ticket, by=customer, body="Second", at=self.at)
        found = with_read_until(Ticket.objects.select_related("status", "last_reply"), team.user)
        assert is_unread(found.get())

    def test_open_pages_learn_of_changes(self, ticket, team):
        before = version(ticket), team_version(ticket)
        actions.change_subject(ticket, by=team, subject="Another one", at=self.at)
        ticket.refresh_from_db()
        assert version(ticket) != before[0] and team_version(ticket) != before[1]

    def test_internal_changes_stay_unknown_to_customers(self, ticket, team):
        before = version(ticket)
        actions.add_note(ticket, by=team, body="Between us", at=self.at)
        ticket.refresh_from_db()
        assert version(ticket) == before

    def test_events_come_after_the_messages_before_them(self, home, ticket, team, browser):
        actions.reply(ticket, by=team, body="First")
        actions.change_status(ticket, by=team, status=factories.status("closed"), at=self.at)
        entries = browser.get(f"/support/tickets/{ticket.number}/").context["entries"]
        assert [entry["kind"] for entry in entries] == ["message", "message", "event", "event"]
