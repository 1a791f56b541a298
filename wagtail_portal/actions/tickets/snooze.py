"""Put a ticket on hold until a time or until the customer replies, and bring it back."""

import logging
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Deleted, Invalid
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import Snooze, State, Status, Ticket, WakeReason
from wagtail_portal.permissions import Actor, Verb

from ._snooze import wake
from ._ticket import STATUS_FIELDS, record_status, save, set_status, ticket_transaction

logger = logging.getLogger(__name__)


def snooze(
    ticket: Ticket,
    *,
    by: Actor,
    until: datetime | None = None,
    at: datetime | None = None,
    notify: bool = False,
) -> Ticket:
    """Put the ticket on hold until a time, and return it. A customer's reply brings it back.

    :param until: None to wait for the customer's reply, however long it takes.
    :param notify: whether the new status is announced. It's the team's own plan, so usually not.
    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Locked: when the ticket was merged.
    :raises Invalid: with the key ``until`` for a time that's over, or if there's no status for
        tickets on hold.
    """
    by.require_team(Verb.CHANGE)
    with ticket_transaction("snooze", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        if until is not None and until <= at:
            raise Invalid({"until": gettext("Enter a time in the future.")})
        status: Status | None = ticket.status
        if status and status.state != State.ON_HOLD:
            status = Status.objects.first_of(State.ON_HOLD)
        if status is None:
            raise Invalid(gettext("There is no status with the state “On hold”."))
        change = set_status(ticket, status, at)
        Snooze.objects.update_or_create(
            ticket=ticket,
            defaults={
                "until": until,
                "snoozed_by": by.user,
                "created_at": at,
                "woken_at": None,
                "reason": "",
            },
        )
        save(ticket, at, seen_by_customers=bool(change), fields=STATUS_FIELDS if change else ())
        record(ticket, "snooze", by=by, at=at, until=until and until.isoformat())
        if change:
            record_status(ticket, change, by=by, at=at, notify=notify)
    return ticket


def end_snooze(
    ticket: Ticket, *, by: Actor, at: datetime | None = None, notify: bool = False
) -> Ticket:
    """Bring a snoozed ticket back now, and return it. If it isn't snoozed, nothing happens.

    :param notify: whether the new status is announced.
    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Locked: when the ticket was merged.
    """
    by.require_team(Verb.CHANGE)
    with ticket_transaction("end_snooze", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        found = Snooze.objects.active().filter(ticket=ticket).first()
        if found is not None:
            wake(found, ticket, WakeReason.AGENT, by=by, at=at, notify=notify)
    return ticket


def end_due_snoozes(*, at: datetime | None = None, most: int | None = None) -> int:
    """Bring back the tickets whose time has come, and return how many were.

    :param most: how many to try now; None for all.
    """
    due = Snooze.objects.due(at or timezone.now())
    # In any order, or many that fail each time would keep the others from their turn.
    return sum(_end_due(row, due, at) for row in due.select_related("ticket").order_by("?")[:most])


def _end_due(row: Snooze, due: QuerySet[Snooze], at: datetime | None) -> bool:
    """End a snooze that is over, and return whether that worked."""
    system, ticket = Actor.system(), row.ticket
    try:
        with ticket_transaction("end_snooze", ticket, by=system, at=at) as time:
            # It may have been ended, or prolonged, in the meantime.
            if found := due.filter(pk=row.pk).first():
                wake(found, ticket, WakeReason.TIME, by=system, at=time, notify=False)
    except Deleted:
        # With the ticket, its snooze was deleted.
        return True
    except Exception as error:
        # Also whatever a receiver of the site raises.
        text = "Ticket #%s could not be brought back."
        logger.error(text, ticket.number, exc_info=safe_copy(error))
        return False
    return True
