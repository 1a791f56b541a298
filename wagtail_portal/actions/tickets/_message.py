"""Create a message with its files, exactly once: what replying and adding a note share."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F

from wagtail_portal import search
from wagtail_portal.actions._locks import lock_rows
from wagtail_portal.actions.rate_limits import count
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import Message, SavedReply, Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import markup

from ._files import checked_files, clean_file_name
from ._ticket import clean_body, holding, lock_for, write


def create_message(
    ticket: Ticket,
    *,
    by: Actor,
    body: str,
    attachments: Iterable = (),
    submission_key: UUID | None = None,
    **arguments: Any,
) -> Message:
    """Create a message and call ``then(message)``, in one transaction.

    :param action: the action that creates the message.
    :param verb: what ``by`` has to be allowed to do.
    :param saved_replies: primary keys of the saved replies that were inserted.
    :param submission_key: if the author sent the same message with this key before, that message
        is returned and nothing happens. A different one, from a form that was sent and then changed
        after going back to it, is created under another key.
    :param check: called once the ticket is locked, before anything is written; may raise.
    :param quoted: what the author of an email quoted.
    :param limit: the setting with the number of messages allowed per hour.
    :raises Deleted: when the ticket has been deleted.
    :raises NotAllowed: unless ``by`` may do ``verb``.
    :raises Locked: when the ticket is locked to ``by``.
    :raises Invalid: with the names of the arguments at fault.
    """
    arguments |= {"by": by, "body": body, "attachments": attachments}
    try:
        return _create(ticket, submission_key=submission_key, **arguments)
    except (ActionError, IntegrityError):
        # Looked up only now, because nearly every message is sent once.
        message = _find_sent(ticket, by, submission_key)
        if message is None:
            raise
    if _is_same(message, body, attachments):
        return message
    another_key = _another_key(submission_key, body, attachments)
    return _find_sent(ticket, by, another_key) or _create(
        ticket, submission_key=another_key, **arguments
    )


def _create(
    ticket: Ticket,
    *,
    by: Actor,
    action: str,
    verb: Any,
    kind: Any,
    body: str,
    then: Any,
    attachments: Iterable,
    submission_key: UUID | None,
    saved_replies: Iterable = (),
    at: datetime | None = None,
    check: Any = None,
    limit: str | None = None,
    quoted: str = "",
) -> Message:
    body = clean_body(body, needed=not attachments)
    if limit is not None:
        count(by, limit)
    # Files are stored before the ticket is locked, because that can take long.
    begin = partial(holding, ticket)
    with checked_files(by, ticket.site, attachments, begin=begin) as files:
        at = lock_for(action, ticket, by=by, verb=verb, at=at)
        if check is not None:
            check()
        message = write(
            ticket,
            by=by,
            kind=kind,
            body=body,
            quoted=quoted,
            at=at,
            submission_key=submission_key,
        )
        saved = files.for_message(message, at)
        search.backend().add(ticket, message, files=saved)
        count_use(saved_replies, by, at)
        then(message)
    return message


def _find_sent(ticket: Ticket, by: Actor, submission_key: UUID | None) -> Message | None:
    if submission_key is None or by.user is None:
        return None
    return ticket.messages.filter(author=by.user, submission_key=submission_key).first()


def _is_same(message: Any, body: str, attachments: Iterable) -> bool:
    if message.body != markup.clean(body):
        return False
    # Uploads that the message has claimed aren't found a second time.
    saved = [(file.name, file.size) for file in message.attachments.all()]
    sent = [(clean_file_name(file.name), file.size) for file in attachments]
    return not attachments or saved == sent


def _another_key(submission_key: UUID | None, body: str, attachments: Iterable) -> uuid.UUID:
    """Return a key that depends on the message, and is the same whenever this one is sent."""
    content = "\0".join([markup.clean(body), *(file.name for file in attachments)])
    return uuid.uuid5(uuid.UUID(str(submission_key)), content)


def count_use(saved_replies: Iterable, by: Actor, at: datetime) -> None:
    """Count that an agent sent a message with these saved replies, given by their primary keys."""
    if not (saved_replies and by.is_team and by.user):
        return
    found = SavedReply.objects.for_agent(by.user).filter(pk__in=saved_replies)
    # Not every database can update the rows of a join.
    rows = SavedReply.objects.filter(pk__in=list(found.values_list("pk", flat=True)))
    rows = rows.filter(pk__in=lock_rows(rows))
    rows.update(uses=F("uses") + 1, last_used_at=at)
