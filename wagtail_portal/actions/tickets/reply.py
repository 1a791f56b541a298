"""A customer or the team answers in a ticket."""

from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NewerReplies
from wagtail_portal.models import Message, MessageKind, Status, Ticket
from wagtail_portal.permissions import Verb

from ._message import say
from ._status import record_status
from ._ticket import STATUS_FIELDS, refuse_locked, save, set_status


def reply(
    ticket: Ticket,
    *,
    by,
    body: str,
    attachments=(),
    status: Status | None = None,
    submission_key=None,
    last_read: int | None = None,
    at=None,
    notify: bool = True,
) -> Message:
    """Add a reply that customers see, and return it.

    The ticket's status follows: to ``status``, which only the team gives, else to what the
    present status says about a reply from this side.

    :param body: Markdown; may be empty when a file is attached.
    :param submission_key: with a key that the author sent before, the reply of that time is
        returned and nothing is added.
    :param last_read: the primary key of the newest reply that the author has read; None to reply
        without that check.
    :raises NotAllowed: when the ticket or replying is closed to ``by``.
    :raises Locked: for a customer, when the ticket was closed too long ago.
    :raises NewerReplies: when somebody else replied since.
    :raises Invalid: with the names of the arguments at fault.
    """
    by.require(Verb.REPLY, ticket)
    if status is not None:
        by.require(Verb.CHANGE, ticket)
        if not by.is_team:
            status = None
    moment = at or timezone.now()

    def follow_up(message):
        follows = status or ticket.status.after_reply(from_team=by.is_team)
        change = set_status(ticket, follows, moment)
        fields = ["last_reply", *(STATUS_FIELDS if change else [])]
        if by.is_team and ticket.first_answered_at is None:
            ticket.first_answered_at = moment
            fields.append("first_answered_at")
        save(ticket, moment, seen_by_customers=True, fields=fields)
        record(ticket, "reply", by=by, at=moment, message=message.pk)
        if change:
            record_status(ticket, change, by=by, at=moment, notify=False)
        signals.reply_added.send(
            sender=Message, ticket=ticket, message=message, by=by, notify=notify
        )

    def check():
        refuse_locked(ticket, by, moment)
        _refuse_newer_replies(ticket, by, last_read)

    return say(
        ticket,
        by=by,
        kind=MessageKind.REPLY,
        body=body,
        attachments=attachments,
        submission_key=submission_key,
        at=moment,
        then=follow_up,
        check=check,
        limit="REPLIES_PER_HOUR" if at is None else None,
    )


def _refuse_newer_replies(ticket, by, last_read) -> None:
    # The ticket is held: nothing can come in between from here on.
    if last_read is None or (ticket.last_reply_id or 0) <= last_read:
        return
    replies = ticket.messages.filter(kind=MessageKind.REPLY, pk__gt=last_read)
    if newer := list(replies.exclude(author=by.user).select_related("author")):
        raise NewerReplies(newer)
