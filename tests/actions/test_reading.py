"""Marking tickets as read."""

from wagtail_portal import actions
from wagtail_portal.models import Ticket, with_unread


def unread(member) -> int:
    return with_unread(Ticket.objects.visible_to(member), member).get().unread


def test_marking_the_last_message_as_read_leaves_nothing_unread(ticket, customer, team):
    first, second = (actions.reply(ticket, by=team, body=body) for body in ("One", "Two"))
    assert unread(customer.member) == 2
    actions.mark_read(ticket, by=customer, message=first)
    assert unread(customer.member) == 1
    actions.mark_read(ticket, by=customer, message=second)
    assert unread(customer.member) == 0
