"""The team writes something down that no customer ever sees."""

from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.models import Message, MessageKind, Ticket
from wagtail_portal.permissions import Verb

from ._mentions import mentioned_agents
from ._message import say
from ._ticket import save


def add_note(
    ticket: Ticket,
    *,
    by,
    body: str,
    attachments=(),
    submission_key=None,
    at=None,
    notify: bool = True,
) -> Message:
    """Add an internal note and return it. Customers cannot tell that anything happened.

    Agents who are named in it, as in ``@Hanna Vos``, are told by the signal ``agents_mentioned``.

    :raises NotAllowed: for everybody but agents who may write notes.
    :raises Invalid: with the names of the arguments at fault.
    """
    by.require(Verb.NOTE, ticket)
    moment = at or timezone.now()

    def follow_up(message):
        save(ticket, moment, seen_by_customers=False)
        record(ticket, "add_note", by=by, at=moment, message=message.pk)
        signals.note_added.send(
            sender=Message, ticket=ticket, message=message, by=by, notify=notify
        )
        if meant := mentioned_agents(ticket, message.body, by=by):
            signals.agents_mentioned.send(
                sender=Message, ticket=ticket, message=message, agents=meant, by=by, notify=notify
            )

    return say(
        ticket,
        by=by,
        kind=MessageKind.NOTE,
        body=body,
        attachments=attachments,
        submission_key=submission_key,
        at=moment,
        then=follow_up,
    )
