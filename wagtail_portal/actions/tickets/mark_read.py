"""Mark a ticket, or all tickets, as read.

Nothing is logged and no signal is sent: the log is the history of tickets, not of their readers.
"""

from django.db.models import Q
from django.utils import timezone

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Member, Message, Ticket, TicketReadState, reader_filter
from wagtail_portal.permissions import Verb


def mark_read(ticket: Ticket, *, by, message: Message) -> None:
    """Record that a member or an agent has read the ticket up to ``message``.

    Nothing is written if they have read it that far before.

    :raises NotAllowed: if ``by`` can't see the ticket or the message, or isn't a user.
    """
    by.require(Verb.VIEW, ticket)
    reader = by.member or by.user
    is_hidden = message.is_note and not by.is_team
    if reader is None or is_hidden or message.ticket_id != ticket.pk:
        raise NotAllowed(Verb.VIEW)
    until = message.created_at
    row, _created = TicketReadState.objects.get_or_create(
        ticket=ticket, **reader_filter(reader), defaults={"read_until": until}
    )
    if row.read_until < until:
        # Filtered again, because another tab may have got further in the meantime.
        TicketReadState.objects.filter(pk=row.pk, read_until__lt=until).update(read_until=until)


def mark_all_read(*, by, at=None) -> None:
    """Record that a member has read every ticket.

    :raises NotAllowed: for anyone but members with access.
    """
    by.require_member(Verb.VIEW)
    at = at or timezone.now()
    row = Member.objects.filter(pk=by.member.pk)
    row.filter(Q(all_read_at=None) | Q(all_read_at__lt=at)).update(all_read_at=at)
