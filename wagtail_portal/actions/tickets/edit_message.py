"""Correct a message shortly after it was sent."""

from datetime import datetime

from wagtail_portal import search, signals
from wagtail_portal.actions._log import record
from wagtail_portal.actions.rate_limits import count
from wagtail_portal.exceptions import Conflict, Deleted, NotAllowed, TooLate
from wagtail_portal.models import Message, MessageVersion, Ticket
from wagtail_portal.permissions import Actor, Verb

from ._ticket import clean_body, save, ticket_transaction


def edit_message(
    message: Message,
    *,
    by: Actor,
    body: str,
    original: datetime | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Message:
    """Replace the text of a reply, keep the old one for the team, and return the reply. Emails that
    haven't been sent yet have the new text.

    :param body: Markdown; may be empty if the message has a file.
    :param original: when the text that the change is based on was written. A newer one isn't
        overwritten.
    :raises NotAllowed: unless ``by`` is the customer who wrote it, and may reply to the ticket.
    :raises TooLate: when it was sent more than
        :data:`~wagtail_portal.models.EDIT_PERIOD` ago.
    :raises Deleted: when the ticket or the message has been deleted.
    :raises Locked: when the ticket was merged, or closed too long ago.
    :raises Invalid: with the key ``body`` when it's too long, or empty.
    :raises Conflict: with the key ``body`` and the current text.
    """
    ticket: Ticket = message.ticket
    count(by, "REPLIES_PER_HOUR")
    with ticket_transaction("edit_message", ticket, by=by, verb=Verb.REPLY, at=at) as at:
        # Locked together with its ticket.
        current = Message.objects.filter(pk=message.pk).first()
        if current is None:
            raise Deleted(ticket.number)
        if by.member is None or not current.is_by(by.member):
            raise NotAllowed(Verb.REPLY)
        if not current.can_be_edited(at):
            raise TooLate
        body = clean_body(body, needed=not current.attachments.exists())
        if body != current.body:
            if original not in (None, current.written_at):
                raise Conflict({"body": current.body})
            MessageVersion.objects.create(message=current, body=current.body, replaced_at=at)
            message.body, message.edited_at = body, at
            message.save(update_fields=["body", "edited_at"])
            save(ticket, at, seen_by_customers=True)
            search.backend().put([ticket])
            record(ticket, "edit_message", by=by, at=at, message=message.pk)
            signals.message_edited.send(
                sender=Message, ticket=ticket, message=message, by=by, notify=notify
            )
    return message
