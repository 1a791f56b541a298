"""Mark tickets as read. Nothing is logged: the log is the history of tickets, not of readers."""

from django.db.models import Q
from django.utils import timezone

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import AgentReadState, Member, Message, Ticket, TicketReadState
from wagtail_portal.permissions import Verb


def mark_read(ticket: Ticket, *, by, message: Message) -> None:
    """Mark the ticket as read by a member or an agent, up to ``message``. What was read stays read.

    :raises NotAllowed: unless ``by`` is a person who may see the ticket and the message.
    """
    by.require(Verb.VIEW, ticket)
    may_see = message.ticket_id == ticket.pk and (by.is_team or not message.is_note)
    if by.user is None or not may_see:
        raise NotAllowed(Verb.VIEW)
    rows, reader = (
        (TicketReadState.objects, {"member": by.member})
        if by.member
        else (AgentReadState.objects, {"user": by.user})
    )
    read_until = message.created_at
    row, _created = rows.get_or_create(ticket=ticket, **reader, defaults={"read_until": read_until})
    if row.read_until < read_until:
        # Another tab may have been faster, and further.
        rows.filter(pk=row.pk, read_until__lt=read_until).update(read_until=read_until)


def mark_all_read(*, by, at=None) -> None:
    """Mark every ticket as read by a member.

    :raises NotAllowed: unless ``by`` is a member with access.
    """
    by.require(Verb.VIEW)
    if by.member is None:
        raise NotAllowed(Verb.VIEW)
    at = at or timezone.now()
    row = Member.objects.filter(pk=by.member.pk)
    row.filter(Q(all_read_at=None) | Q(all_read_at__lt=at)).update(all_read_at=at)
