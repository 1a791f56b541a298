"""Add a reply to a ticket."""

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NewerReplies
from wagtail_portal.models import Message, MessageKind, Status, Ticket
from wagtail_portal.permissions import Verb

from ._message import create_message
from ._ticket import STATUS_FIELDS, record_status, save, set_status


def reply(
    ticket: Ticket,
    *,
    by,
    body: str,
    attachments=(),
    saved_replies=(),
    status: Status | None = None,
    submission_key=None,
    last_read: int | None = None,
    at=None,
    notify: bool = True,
) -> Message:
    """Add a reply, which customers see, and return it.

    The ticket's status changes to ``status``, or to what the present status says about a reply
    from this side.

    :param body: Markdown; may be empty when a file is attached.
    :param attachments: new files, and earlier uploads of ``by``.
    :param saved_replies: primary keys of the saved replies that were inserted, to count their use.
    :param status: ignored for customers.
    :param submission_key: if ``by`` sent a reply with this key before, it's returned and nothing
        is added.
    :param last_read: the primary key of the newest reply that the author has read; None to reply
        without that check.
    :raises NotAllowed: unless ``by`` may reply to the ticket.
    :raises Deleted: when the ticket has been deleted.
    :raises Locked: when the ticket was merged or, for a customer, closed too long ago.
    :raises NewerReplies: when someone else has replied since.
    :raises Invalid: with the names of the arguments at fault.
    """
    if not by.is_team:
        status = None

    def check():
        if status is not None:
            by.require(Verb.CHANGE, ticket)
        _refuse_newer_replies(ticket, by, last_read)

    def follow_up(message):
        at = message.created_at
        new_status = status or ticket.status.after_reply(from_team=by.is_team)
        change = set_status(ticket, new_status, at)
        fields = ["last_reply", *(STATUS_FIELDS if change else [])]
        if by.is_team and ticket.first_answered_at is None:
            ticket.first_answered_at = at
            fields.append("first_answered_at")
        save(ticket, at, seen_by_customers=True, fields=fields)
        record(ticket, "reply", by=by, at=at, message=message.pk)
        if change:
            record_status(ticket, change, by=by, at=at, notify=False)
        signals.reply_added.send(
            sender=Message, ticket=ticket, message=message, by=by, notify=notify
        )

    return create_message(
        ticket,
        by=by,
        action="reply",
        verb=Verb.REPLY,
        kind=MessageKind.REPLY,
        body=body,
        attachments=attachments,
        saved_replies=saved_replies,
        submission_key=submission_key,
        at=at,
        then=follow_up,
        check=check,
        limit="REPLIES_PER_HOUR" if at is None else None,
    )


def _refuse_newer_replies(ticket, by, last_read) -> None:
    # The ticket is locked, so no further reply can come in after this check.
    if last_read is None or (ticket.last_reply_id or 0) <= last_read:
        return
    replies = ticket.messages.filter(kind=MessageKind.REPLY, pk__gt=last_read)
    if newer := list(replies.exclude(author=by.user).select_related("author")):
        raise NewerReplies(newer)
