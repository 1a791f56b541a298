"""One of the team has read a ticket."""

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import AgentReadState, Message, Ticket
from wagtail_portal.permissions import Verb

# The log is not told: it is the history of tickets, not of their readers.


def mark_read_by_agent(ticket: Ticket, *, by, message: Message) -> None:
    """Note that ``by`` has read the ticket up to ``message``. What was read stays read, and
    nothing is written when that is known already.

    :raises NotAllowed: for everybody but one of the team who may see the ticket.
    """
    by.require(Verb.VIEW, ticket)
    if by.user is None or not by.is_team or message.ticket_id != ticket.pk:
        raise NotAllowed(Verb.VIEW)
    moment = message.created_at
    row, _created = AgentReadState.objects.get_or_create(
        ticket=ticket, user=by.user, defaults={"read_until_of": moment}
    )
    if row.read_until_of < moment:
        # Another tab may have been faster, and further.
        AgentReadState.objects.filter(pk=row.pk, read_until_of__lt=moment).update(
            read_until_of=moment
        )
