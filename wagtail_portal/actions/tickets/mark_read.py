"""A member has read a ticket, or says that everything is read."""

from django.db.models import Q
from django.utils import timezone

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Member, Message, Ticket, TicketReadState
from wagtail_portal.permissions import Verb

# The log is not told: it is the history of tickets, not of their readers. Nor is anybody else.


def mark_read(ticket: Ticket, *, by, message: Message) -> None:
    """Note that a member has read the ticket up to ``message``. What was read stays read, and
    nothing is written when that is known already.

    :raises NotAllowed: for everybody but a member who may see the ticket and the message.
    """
    by.require(Verb.VIEW, ticket)
    if by.member is None or message.ticket_id != ticket.pk or message.is_note:
        raise NotAllowed(Verb.VIEW)
    moment = message.created_at
    row, _created = TicketReadState.objects.get_or_create(
        ticket=ticket, member=by.member, defaults={"read_until_of": moment}
    )
    if row.read_until_of < moment:
        # Another tab may have been faster, and further.
        TicketReadState.objects.filter(pk=row.pk, read_until_of__lt=moment).update(
            read_until_of=moment
        )


def mark_all_read(*, by, at=None) -> None:
    """Note that nothing is new to a member any more.

    :raises NotAllowed: for everybody but members.
    """
    if by.member is None or not by.member.role.gives_access:
        raise NotAllowed(Verb.VIEW)
    at = at or timezone.now()
    row = Member.objects.filter(pk=by.member.pk)
    row.filter(Q(all_read_at=None) | Q(all_read_at__lt=at)).update(all_read_at=at)
