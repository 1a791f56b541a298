"""Mark a ticket, or all tickets, as read.

Nothing is logged and no signal is sent: the log is the history of tickets, not of their readers.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from wagtail_portal.actions._locks import CHUNK, lock_tickets, reload_actor
from wagtail_portal.exceptions import Deleted, NotAllowed
from wagtail_portal.models import (
    Member,
    Message,
    Ticket,
    TicketReadState,
    reader_filter,
    with_unread,
)
from wagtail_portal.permissions import Actor, Verb

#: No transaction takes that long: older messages have none below them that is still being added.
SETTLED = timedelta(minutes=5)


def mark_read(ticket: Ticket, *, by: Actor, message: Message) -> None:
    """Record that a member or an agent has read the ticket up to ``message``.

    Nothing is written if they have read it that far before.

    :raises NotAllowed: if ``by`` can't see the ticket or the message, or isn't a user.
    :raises Deleted: when the ticket has been deleted.
    """
    reader = by.member or by.user
    is_hidden = message.is_note and not by.is_team
    if reader is None or is_hidden or message.ticket_id != ticket.pk:
        raise NotAllowed(Verb.VIEW)
    by.require(Verb.VIEW, ticket)
    states = TicketReadState.objects.filter(ticket=ticket, **reader_filter(reader))
    if states.filter(read_until__gte=message.pk).exists():
        return
    with transaction.atomic():
        # Another tab may have got further in the meantime.
        if not lock_tickets([ticket.pk]):
            raise Deleted(ticket.number)
        reload_actor(by)
        by.require(Verb.VIEW, ticket)
        if not states.filter(read_until__lt=message.pk).update(read_until=message.pk):
            row = {"ticket": ticket, **reader_filter(reader)}
            TicketReadState.objects.get_or_create(**row, defaults={"read_until": message.pk})


def mark_all_read(*, by: Actor) -> None:
    """Record that a member has read all replies in every ticket.

    :raises NotAllowed: for anyone but members with access.
    """
    member = by.require_member(Verb.VIEW)
    _mark_settled(member)
    tickets = with_unread(Ticket.objects.visible_to(member), member).filter(unread__gt=0)
    keys = list(tickets.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        with transaction.atomic():
            found = lock_tickets(keys[start : start + CHUNK])
            reload_actor(by)
            by.require_member(Verb.VIEW)
            _mark_read(member, found)


def _mark_settled(member: Member) -> None:
    """Mark everything but the newest messages as read at once, however many tickets there are."""
    settled = Message.objects.filter(created_at__lt=timezone.now() - SETTLED).order_by("-pk")
    newest = settled.values_list("pk", flat=True).first() or 0
    if newest > member.read_until:
        rows = Member.objects.filter(pk=member.pk, read_until__lt=newest)
        rows.update(read_until=newest)
        member.read_until = newest


def _mark_read(member: Member, keys: list[int]) -> None:
    # Per ticket: no number is above that of every message that others are just adding.
    newest = Ticket.objects.filter(pk=OuterRef("ticket")).values("last_reply")
    states = TicketReadState.objects.filter(member=member, ticket__in=keys)
    states.update(read_until=Subquery(newest))
    missing = Ticket.objects.filter(pk__in=keys).exclude(pk__in=states.values("ticket"))
    TicketReadState.objects.bulk_create(
        TicketReadState(ticket_id=pk, member=member, read_until=last_reply)
        for pk, last_reply in missing.order_by().values_list("pk", "last_reply")
    )
