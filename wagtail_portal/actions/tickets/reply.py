"""Add a reply to a ticket."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, ngettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NewerReplies
from wagtail_portal.models import Message, MessageKind, PortalSettings, Status, Ticket
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.email_addresses import parse_addresses

from ._message import create_message
from ._snooze import status_after_customer, update_snooze
from ._ticket import STATUS_FIELDS, record_status, refuse_conflicts, save, set_status
from .assign import record_first_assignee

#: Addresses that get a copy of one reply.
MAX_COPIES = 10


def reply(
    ticket: Ticket,
    *,
    by: Actor,
    body: str,
    quoted: str = "",
    attachments: Iterable = (),
    saved_replies: Iterable = (),
    copies: Iterable[str] = (),
    copies_shown: bool = False,
    status: Status | None = None,
    original_status: Status | None = None,
    submission_key: UUID | None = None,
    last_read: int | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Message:
    """Add a reply, which customers see, and return it.

    The ticket's status changes to ``status``, or to what the present status says about a reply
    from this side. An unassigned ticket is assigned to the agent who replies, unless the portal
    settings say otherwise or ``at`` is given.

    :param body: Markdown; may be empty when a file is attached.
    :param quoted: what the author of an email quoted: plain text, shown on request.
    :param attachments: new files, and earlier uploads of ``by``.
    :param saved_replies: primary keys of the saved replies that were inserted, to count their use.
    :param copies: further email addresses that get a copy from the team, with its files. Ignored
        for customers.
    :param copies_shown: whether customers see these addresses.
    :param status: ignored for customers.
    :param original_status: the status that ``status`` is based on. If the ticket has another one by
        now, nothing is sent.
    :param submission_key: if ``by`` sent a reply with this key before, it's returned and nothing
        is added.
    :param last_read: the primary key of the newest reply that the author has read; None to reply
        without that check.
    :raises NotAllowed: unless ``by`` may reply to the ticket.
    :raises Deleted: when the ticket has been deleted.
    :raises Locked: when the ticket was merged or, for a customer, closed too long ago.
    :raises NewerReplies: when someone else has replied since.
    :raises Conflict: with the key ``status`` and the current status.
    :raises Invalid: with the names of the arguments at fault.
    """
    return write_reply(
        ticket,
        by=by,
        copies=copies,
        copies_shown=copies_shown,
        body=body,
        quoted=quoted,
        attachments=attachments,
        saved_replies=saved_replies,
        status=status,
        original_status=original_status,
        submission_key=submission_key,
        last_read=last_read,
        at=at,
        notify=notify,
    )


def write_reply(
    ticket: Ticket,
    *,
    by: Actor,
    copies: Iterable[str] = (),
    copies_shown: bool = False,
    status: Status | None = None,
    original_status: Status | None = None,
    last_read: int | None = None,
    at: datetime | None = None,
    notify: bool = True,
    begin: Callable[[], None] = lambda: None,
    finish: Callable[[Message], None] = lambda message: None,
    **message_arguments: Any,
) -> Message:
    """Do what :func:`reply` does.

    :param begin: called once the ticket is locked; may change it.
    :param finish: called in the same transaction, with the reply.
    """
    if not by.is_team:
        status, copies = None, ()
    copies = clean_copies(copies)
    is_history = at is not None

    def check() -> None:
        if status is not None:
            by.require(Verb.CHANGE, ticket)
        _refuse_newer_replies(ticket, by, last_read)
        if status is not None and original_status is not None:
            refuse_conflicts(
                {"status": ticket.status}, {"status": original_status}, {"status": status}
            )
        begin()

    def follow_up(message: Message) -> None:
        at = message.created_at
        new_status = status or ticket.status.after_reply(from_team=by.is_team)
        if not by.is_team:
            new_status = status_after_customer(ticket, new_status)
        change = set_status(ticket, new_status, at)
        fields = ["last_reply", *(STATUS_FIELDS if change else [])]
        assigns = not is_history and by.is_team and by.user and ticket.assignee_id is None
        assigns = assigns and PortalSettings.cached(ticket.site).assign_on_reply
        if assigns:
            ticket.assignee = by.user
            fields.append("assignee")
        if by.is_team and ticket.first_answered_at is None:
            ticket.first_answered_at = at
            fields.append("first_answered_at")
        save(ticket, at, seen_by_customers=True, fields=fields)
        if copies:
            message.copies, message.copies_shown = ", ".join(copies), copies_shown
            message.save(update_fields=["copies", "copies_shown"])
        record(ticket, "reply", by=by, at=at, message=message.pk)
        if assigns:
            record_first_assignee(ticket, by=by, at=at)
        if change:
            record_status(ticket, change, by=by, at=at, notify=False)
        update_snooze(ticket, by=by, at=at, replied=True)
        signals.reply_added.send(
            sender=Message, ticket=ticket, message=message, copies=copies, by=by, notify=notify
        )
        finish(message)

    return create_message(
        ticket,
        by=by,
        action="reply",
        verb=Verb.REPLY,
        kind=MessageKind.REPLY,
        at=at,
        then=follow_up,
        check=check,
        limit="REPLIES_PER_HOUR" if at is None else None,
        **message_arguments,
    )


def clean_copies(addresses: Iterable[str]) -> list[str]:
    """Return the addresses, each once.

    :raises Invalid: with the key ``copies`` for what isn't an address, or for too many.
    """
    found, others = parse_addresses(", ".join(addresses))
    if others:
        text = gettext("“%(text)s” isn’t an email address.")
        raise Invalid({"copies": text % {"text": others[0]}})
    if len(found) > MAX_COPIES:
        text = ngettext(
            "Send a copy to up to %(number)d address.",
            "Send a copy to up to %(number)d addresses.",
            MAX_COPIES,
        )
        raise Invalid({"copies": text % {"number": MAX_COPIES}})
    return found


def _refuse_newer_replies(ticket: Ticket, by: Actor, last_read: int | None) -> None:
    # The ticket is locked, so no further reply can come in after this check.
    if last_read is None or (ticket.last_reply_id or 0) <= last_read:
        return
    replies = ticket.messages.filter(kind=MessageKind.REPLY, pk__gt=last_read)
    if newer := list(replies.exclude(author=by.user).select_related("author")):
        raise NewerReplies(newer)
