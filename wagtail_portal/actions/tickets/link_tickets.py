"""Link two tickets, or remove their links."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import LinkKind, Ticket, TicketLink
from wagtail_portal.permissions import Actor, Verb

from ._ticket import save, ticket_transaction


def link_tickets(
    ticket: Ticket,
    *,
    by: Actor,
    target: Ticket,
    kind: str,
    at: datetime | None = None,
    notify: bool = True,
) -> None:
    """Link ``ticket`` to ``target``, which it duplicates, follows up or is related to.

    Customers see only follow-ups, and only if they may read both tickets.

    :param kind: one of :class:`~wagtail_portal.models.LinkKind`.
    :raises NotAllowed: unless ``by`` is an agent who may change both tickets.
    :raises Invalid: with the key ``target`` for the same ticket, or one that follows this one up;
        with the key ``kind`` for an unknown one.
    """
    by.require_team(Verb.CHANGE)
    if kind not in LinkKind.values:
        raise Invalid({"kind": gettext("Select how the tickets are related.")})
    if ticket.pk == target.pk:
        raise Invalid({"target": gettext("These are the same ticket.")})
    with _both_locked("link_tickets", ticket, target, by=by, at=at) as at:
        if kind == LinkKind.FOLLOW_UP:
            changed = _follow_up(ticket, target)
        else:
            changed = _link(ticket, target, kind, by, at)
        if changed:
            _announce(ticket, target, "link_tickets", kind=kind, by=by, at=at, notify=notify)


def unlink_tickets(
    ticket: Ticket, *, by: Actor, target: Ticket, at: datetime | None = None, notify: bool = True
) -> None:
    """Remove every link between the two tickets.

    :raises NotAllowed: unless ``by`` is an agent who may change both tickets.
    """
    by.require_team(Verb.CHANGE)
    with _both_locked("unlink_tickets", ticket, target, by=by, at=at) as at:
        deleted = 0
        for one, other in ((ticket, target), (target, ticket)):
            deleted += TicketLink.objects.filter(ticket=one, target=other).delete()[0]
            if one.follow_up_to_id == other.pk:
                one.follow_up_to = None
                one.save(update_fields=["follow_up_to"])
                deleted += 1
        if deleted:
            _announce(ticket, target, "unlink_tickets", kind="", by=by, at=at, notify=notify)


def _both_locked(
    action: Any, ticket: Ticket, target: Ticket, *, by: Actor, at: datetime | None
) -> Any:
    return ticket_transaction(action, ticket, target, by=by, verb=Verb.CHANGE, at=at)


def _follow_up(ticket: Ticket, target: Ticket) -> bool:
    if target.follow_up_to_id == ticket.pk:
        raise Invalid({"target": gettext("That ticket is already a follow-up to this one.")})
    if ticket.follow_up_to_id == target.pk:
        return False
    ticket.follow_up_to = target
    ticket.save(update_fields=["follow_up_to"])
    return True


def _link(ticket: Ticket, target: Ticket, kind: Any, by: Actor, at: datetime) -> bool:
    if TicketLink.objects.filter(ticket=ticket, target=target, kind=kind).exists():
        return False
    TicketLink.objects.update_or_create(
        ticket=ticket,
        target=target,
        defaults={"kind": kind, "added_by": by.user, "created_at": at},
    )
    return True


def _announce(
    ticket: Ticket,
    target: Ticket,
    action: Any,
    *,
    kind: Any,
    by: Actor,
    at: datetime,
    notify: bool,
) -> None:
    for one, other in ((ticket, target), (target, ticket)):
        save(one, at, seen_by_customers=False)
        record(one, action, by=by, at=at, other=other.number, kind=kind)
    signals.tickets_linked.send(
        sender=Ticket, ticket=ticket, target=target, kind=kind, by=by, notify=notify
    )
