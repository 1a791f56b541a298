"""Tickets that are on hold until a time, or until the customer replies."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Snooze, TicketLogEntry, snooze_of

HOUR = timedelta(hours=1)


def entries(ticket) -> list[str]:
    log = TicketLogEntry.objects.filter(ticket=ticket).order_by("pk")
    return [str(entry.message) for entry in log]


def fresh(ticket):
    return type(ticket).objects.get(pk=ticket.pk)


def test_ticket_is_on_hold_until_its_time_comes(ticket, team):
    begin = timezone.now()
    other = factories.ticket(ticket.requester)
    actions.snooze(ticket, by=team, until=begin + HOUR)
    assert ticket.status.key == "on-hold"
    mail.outbox.clear()
    assert actions.end_due_snoozes(at=begin + HOUR - timedelta(seconds=1)) == 0
    assert fresh(ticket).status.key == "on-hold"
    actions.change_fields(other, by=team, values={}, urgency="low")
    assert actions.end_due_snoozes(at=begin + HOUR) == 1
    back = fresh(ticket)
    assert back.status.key == "in-progress" and back.waiting_since == begin + HOUR
    # It's at the top of the team's list, and customers get no email about it.
    assert back.team_updated_at > fresh(other).team_updated_at
    assert snooze_of(back).reason == "time" and not snooze_of(back).is_active
    assert "Back in the list: Snooze is over" in entries(ticket)
    assert actions.end_due_snoozes(at=begin + 2 * HOUR) == 0
    assert not mail.outbox


def test_ticket_that_fails_does_not_keep_others_on_hold(ticket, team, caplog):
    begin = timezone.now()
    other = factories.ticket(ticket.requester)
    actions.snooze(ticket, by=team, until=begin + HOUR / 2)
    actions.snooze(other, by=team, until=begin + HOUR)

    def fail(**kwargs):
        if kwargs["ticket"] == ticket:
            raise RuntimeError("A receiver of the site failed")

    signals.status_changed.connect(fail)
    try:
        with caplog.at_level(logging.CRITICAL):
            ended = [actions.end_due_snoozes(at=begin + HOUR, most=1) for _run in range(30)]
    finally:
        signals.status_changed.disconnect(fail)
    assert sum(ended) == 1
    assert fresh(ticket).status.key == "on-hold"
    assert fresh(other).status.key == "in-progress"


@pytest.mark.parametrize("until", [None, HOUR])
def test_customers_reply_brings_it_back_at_once(ticket, team, customer, until):
    hold = factories.status("on-hold")
    # Editors can keep a status on hold after a reply; a snoozed ticket comes back even so.
    hold.after_customer_reply = hold
    hold.save()
    actions.snooze(ticket, by=team, until=until and timezone.now() + until)
    actions.reply(ticket, by=team, body="Still on hold", status=hold)
    assert snooze_of(fresh(ticket)).is_active
    actions.reply(ticket, by=customer, body="Any news?")
    back = fresh(ticket)
    assert back.status.key == "in-progress" and snooze_of(back).reason == "reply"
    assert actions.end_due_snoozes(at=timezone.now() + 2 * HOUR) == 0
    # The mark stays until the team acts.
    actions.reply(ticket, by=team, body="Done")
    assert snooze_of(fresh(ticket)) is None


def test_another_status_ends_a_snooze(ticket, team):
    actions.snooze(ticket, by=team)
    actions.change_status(ticket, by=team, status=factories.status("in-progress"))
    assert not Snooze.objects.exists()
    actions.snooze(ticket, by=team)
    actions.end_snooze(ticket, by=team)
    assert snooze_of(fresh(ticket)).reason == "agent"
    actions.close_ticket(ticket, by=team)
    assert not Snooze.objects.exists()


def test_snoozing_again_prolongs(ticket, team):
    begin = timezone.now()
    actions.snooze(ticket, by=team, until=begin + HOUR)
    actions.snooze(ticket, by=team, until=begin + 3 * HOUR)
    assert actions.end_due_snoozes(at=begin + 2 * HOUR) == 0
    assert actions.end_due_snoozes(at=begin + 3 * HOUR) == 1


def test_snooze_refuses_the_past_and_customers(ticket, team, customer):
    with pytest.raises(NotAllowed):
        actions.snooze(ticket, by=customer)
    with pytest.raises(Invalid, match="future"):
        actions.snooze(ticket, by=team, until=timezone.now() - HOUR)
    assert not Snooze.objects.exists()
