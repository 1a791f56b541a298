"""How far a member or an agent has read a ticket.

That's said by the primary keys of messages, which grow within a ticket because its row is locked
while one is added. A time would be that of a message that others didn't see yet, or go back.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .members import Member, Reader
from .messages import Message, MessageKind
from .tickets import Ticket


def reader_filter(reader: Any) -> dict:
    """Return the lookup for the read states of a member, or of an agent when given a user."""
    return {"member_id" if isinstance(reader, Member | Reader) else "agent_id": reader.pk}


class TicketReadState(models.Model):
    """How far one member or one agent has read one ticket. Without a row, they've read nothing."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", null=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", null=True
    )
    #: The primary key of the newest message they've read.
    read_until = models.PositiveBigIntegerField(_("read until"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("read state")
        verbose_name_plural = _("read states")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "member"], name="portal_read_by_member"),
            models.UniqueConstraint(fields=["ticket", "agent"], name="portal_read_by_agent"),
            models.CheckConstraint(
                condition=Q(member=None, agent__isnull=False) | Q(member__isnull=False, agent=None),
                name="portal_read_by_one_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.read_until}"


def _read_until(ticket: Any, reader: Any) -> Subquery:
    rows = TicketReadState.objects.filter(ticket=ticket, **reader_filter(reader))
    return Subquery(rows.values("read_until")[:1])


def read_until_of(ticket: Any, member: Member | Reader) -> Any:
    """Return how far ``member`` has read as a value of a query, whose ``ticket`` names the ticket:
    an ``OuterRef``."""
    return Coalesce(_read_until(ticket, member), Value(0))


def with_unread(tickets: QuerySet, member: Member | Reader) -> Any:
    """Annotate ``tickets`` with ``unread``, the number of replies the member hasn't read.

    Internal notes, the member's own replies and what was written before they joined don't count.

    :param tickets: a queryset limited to what the member can see.
    """
    start = member.read_until
    replies = Message.objects.filter(
        Q(pk__gt=start),
        Q(pk__gt=Coalesce(_read_until(OuterRef(OuterRef("pk")), member), start)),
        ~Q(author_id=member.user_id),
        ticket=OuterRef("pk"),
        kind=MessageKind.REPLY,
    )
    number = replies.order_by().values("ticket").annotate(number=Count("pk")).values("number")
    return tickets.annotate(unread=Coalesce(Subquery(number), 0, output_field=IntegerField()))


def with_read_until(tickets: QuerySet, reader: Any) -> Any:
    """Annotate ``tickets`` with ``read_until``, how far the member or agent has read each."""
    return tickets.annotate(read_until=_read_until(OuterRef("pk"), reader))


def is_unread(ticket: Ticket) -> bool:
    """Return whether a customer wrote last and the agent of :func:`with_read_until` hasn't read it.

    A closed ticket is never unread.
    """
    reply = ticket.last_reply
    if reply is None or reply.from_team or ticket.status.is_closed:
        return False
    return ticket.read_until is None or ticket.read_until < reply.pk
