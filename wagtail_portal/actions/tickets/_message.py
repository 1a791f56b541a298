"""What a reply and an internal note have in common: a message, once, with its files."""

import uuid

from django.db import IntegrityError, transaction

from wagtail_portal import search
from wagtail_portal.models import Message
from wagtail_portal.utils import markup
from wagtail_portal.utils.rate_limits import count

from ._files import display_name, kept_files
from ._ticket import clean_body, lock, sent_before, write


def say(
    ticket,
    *,
    by,
    kind,
    body,
    attachments,
    submission_key,
    at,
    then,
    check=None,
    limit: str | None = None,
) -> Message:
    """Write a message in one transaction with what ``then(message)`` does, and return it.

    :param submission_key: with a key that the author sent before, the message of that time is
        returned and nothing happens; unless it was another one: somebody went back to a form
        that was sent, and wrote something else into it.
    :param check: called with the ticket as it is, before anything is kept; may raise.
    :param limit: the setting that says how many are allowed an hour.
    :raises Invalid: with the names of the arguments at fault.
    """
    if message := sent_before(ticket, by, submission_key):
        if _is_same(message, body, attachments):
            return message
        submission_key = _another_key(submission_key, body, attachments)
        if message := sent_before(ticket, by, submission_key):
            return message
    body = clean_body(body, needed=not attachments)
    if limit is not None:
        count(by, limit)
    try:
        with transaction.atomic(), kept_files(by, ticket.site, attachments) as keep:
            lock(ticket)
            if check is not None:
                check()
            message = write(
                ticket, by=by, kind=kind, body=body, at=at, submission_key=submission_key
            )
            keep(message, at)
            search.backend().add(ticket, message)
            then(message)
    except IntegrityError:
        # The same form, sent twice at once: the other one was faster.
        if message := sent_before(ticket, by, submission_key):
            return message
        raise
    return message


def _is_same(message, body, attachments) -> bool:
    if message.body != markup.clean(body):
        return False
    # Uploads that the message has claimed are not found a second time.
    kept = [(file.name, file.size) for file in message.attachments.all()]
    return not attachments or kept == [(display_name(file.name), file.size) for file in attachments]


def _another_key(submission_key, body, attachments) -> uuid.UUID:
    """A key that is another one for another message, and the same whenever this one is sent."""
    what = "\0".join([markup.clean(body), *(file.name for file in attachments)])
    return uuid.uuid5(uuid.UUID(str(submission_key)), what)
