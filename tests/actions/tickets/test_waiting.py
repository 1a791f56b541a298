"""How long a ticket has been waiting, and when it was first answered."""

from datetime import timedelta

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.permissions import Actor

SYSTEM = Actor.system()


@pytest.fixture
def ticket(dana):
    return factories.ticket(dana)


def later(ticket, hours):
    return ticket.opened_at + timedelta(hours=hours)


def test_waiting_time_restarts_when_the_other_side_replies(ticket, dana):
    assert ticket.waiting_since == ticket.opened_at
    actions.change_status(
        ticket, by=SYSTEM, status=factories.status("in-progress"), at=later(ticket, 1)
    )
    # New or in progress: it's waiting on us.
    assert ticket.waiting_since == ticket.opened_at
    actions.reply(ticket, by=SYSTEM, body="Which version?", at=later(ticket, 2))
    assert ticket.waiting_since == later(ticket, 2)
    asker = Actor.for_member(dana)
    actions.reply(ticket, by=asker, body="The newest.", at=later(ticket, 3))
    actions.reply(ticket, by=asker, body="Hello?", at=later(ticket, 4))
    assert ticket.waiting_since == later(ticket, 3)
    ticket.refresh_from_db()
    assert ticket.waiting_since == later(ticket, 3)


def test_closed_ticket_is_not_waiting(ticket):
    actions.change_status(ticket, by=SYSTEM, status=factories.status("closed"))
    ticket.refresh_from_db()
    assert ticket.waiting_since is None
    actions.change_status(
        ticket, by=SYSTEM, status=factories.status("on-hold"), at=later(ticket, 5)
    )
    ticket.refresh_from_db()
    assert ticket.waiting_since == later(ticket, 5)


def test_first_response_is_the_first_reply_of_the_team(ticket, dana):
    actions.reply(ticket, by=Actor.for_member(dana), body="One more thing.")
    actions.add_note(ticket, by=SYSTEM, body="Hm.")
    ticket.refresh_from_db()
    assert ticket.first_answered_at is None
    actions.reply(ticket, by=SYSTEM, body="We are on it.", at=later(ticket, 1))
    actions.reply(ticket, by=SYSTEM, body="Done.", at=later(ticket, 2))
    ticket.refresh_from_db()
    assert ticket.first_answered_at == later(ticket, 1)
