"""Bring snoozed tickets back: what several actions do."""

from datetime import datetime
from typing import cast

from wagtail_portal.actions._log import record
from wagtail_portal.models import Snooze, State, Status, Ticket, WakeReason
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import held_tickets

from ._ticket import STATUS_FIELDS, record_status, save, set_status


def wake(
    snooze: Snooze, ticket: Ticket, reason: WakeReason, *, by: Actor, at: datetime, notify: bool
) -> None:
    """Bring a locked ticket back to the top of the team's list, marked with the reason."""
    change = None
    if ticket.status.state == State.ON_HOLD:
        change = set_status(ticket, cast(Status, Status.objects.first_of(State.WAITING_ON_US)), at)
    _mark(snooze, reason, at)
    save(ticket, at, seen_by_customers=bool(change), fields=STATUS_FIELDS if change else ())
    record(ticket, "end_snooze", by=by, at=at, reason=reason)
    if change:
        record_status(ticket, change, by=by, at=at, notify=notify)


def status_after_customer(ticket: Ticket, status: Status) -> Status:
    """Return the status that a customer's reply leads to: a snoozed ticket never stays on hold,
    whatever editors chose for others."""
    if status.state != State.ON_HOLD or ticket.status.state != State.ON_HOLD:
        return status
    if not Snooze.objects.active().filter(ticket=ticket).exists():
        return status
    return Status.objects.first_of(State.WAITING_ON_US) or status


def find_snooze(ticket: Ticket) -> Snooze | None:
    """Return the snooze of a locked ticket, or None."""

    def load(tickets: list[Ticket]) -> dict[int, Snooze]:
        return {row.ticket_id: row for row in Snooze.objects.filter(ticket__in=tickets)}

    return held_tickets.shared("snoozes", ticket, load).get(ticket.pk)


def update_snooze(ticket: Ticket, *, by: Actor, at: datetime, replied: bool = False) -> None:
    """Adapt the snooze of a locked ticket, if there is one, to a reply or a change of its status.

    A customer's reply ends it. When the team replies to a ticket that came back, or decides on
    another status, there's nothing left to remember.
    """
    if (found := find_snooze(ticket)) is None:
        return
    if replied and not by.is_team:
        if found.is_active:
            _mark(found, WakeReason.REPLY, at)
            record(ticket, "end_snooze", by=by, at=at, reason=WakeReason.REPLY)
    elif not found.is_active or ticket.status.state != State.ON_HOLD:
        found.delete()
        held_tickets.forget("snoozes")


def _mark(snooze: Snooze, reason: WakeReason, at: datetime) -> None:
    snooze.woken_at, snooze.reason = at, reason
    snooze.save(update_fields=["woken_at", "reason"])
