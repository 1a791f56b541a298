"""What a member has read of a ticket, so that what is new to them can be told.

Reading is recorded by a request of its own, never by opening a page: nothing that merely fetches
addresses (a browser that loads pages ahead, a scanner that follows links) can make a reply look
read that nobody has seen. See :mod:`wagtail_portal.pages.ticket.read_state_views`.
"""

from django.db import models
from django.db.models import Count, DateTimeField, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .members import Member
from .messages import Message, MessageKind
from .tickets import Ticket


class TicketReadState(models.Model):
    """How far one member has read one ticket. Without a row, nothing of it was read."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    #: When the newest reply that was read had been written.
    read_until_of = models.DateTimeField(_("read until"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("read ticket")
        verbose_name_plural = _("read tickets")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "member"], name="portal_seen_once"),
        ]

    def __str__(self):
        return f"{self.ticket_id}: {self.read_until_of}"


def with_unread(tickets, member: Member):
    """``tickets`` with ``unread``: how many replies of others the member has not read.

    Only for tickets that the member may see. Notes never count, nor does what was written before
    the member came.
    """
    seen = TicketReadState.objects.filter(ticket=OuterRef(OuterRef("pk")), member=member)
    everything = Value(member.read_until, DateTimeField())
    replies = (
        Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.REPLY)
        .filter(created_at__gt=everything)
        .filter(created_at__gt=Coalesce(Subquery(seen.values("read_until_of")), everything))
        .exclude(author_id=member.user_id)
    )
    number = replies.order_by().values("ticket").annotate(number=Count("pk")).values("number")
    return tickets.annotate(unread=Coalesce(Subquery(number), 0, output_field=IntegerField()))


def read_until_of(ticket: Ticket, member: Member):
    """Up to which moment the member has read the ticket."""
    row = TicketReadState.objects.filter(ticket=ticket, member=member).first()
    return max(row.read_until_of, member.read_until) if row else member.read_until
