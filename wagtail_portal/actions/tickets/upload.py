"""Upload a file before the message it belongs to, and discard uploads that were never sent."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from wagtail_portal.models import Attachment, TicketNumber
from wagtail_portal.permissions import Verb
from wagtail_portal.utils.rate_limits import count

from ._files import checked_files


def upload(*, by, site, file, at=None) -> Attachment:
    """Save a file that doesn't belong to a message yet, and return the attachment. Only ``by`` can
    send it, once.

    :raises NotAllowed: unless ``by`` may open tickets or write in one.
    :raises Invalid: with the key ``attachments`` when the file is refused.
    :raises RateLimited: after too many uploads.
    """
    by.require_any(Verb.REPLY, Verb.NOTE, Verb.OPEN)
    if at is None:
        count(by, "UPLOADS_PER_HOUR")
    at = at or timezone.now()
    with transaction.atomic(), checked_files(by, site, [file]) as files:
        return files.for_message(None, at)[0]


def discard_uploads(*, older_than) -> int:
    """Delete uploads that haven't been sent for ``older_than``, a timedelta, and return how
    many."""
    old = Attachment.objects.unsent().filter(created_at__lt=timezone.now() - older_than)
    discarded = 0
    for attachment in old.iterator():
        with transaction.atomic():
            # Filtered again, because its uploader may be sending it right now.
            deleted, _rows = Attachment.objects.unsent().filter(pk=attachment.pk).delete()
            if deleted:
                for file in attachment.stored_files:
                    transaction.on_commit(partial(file.storage.delete, file.name))
                discarded += 1
    # Done here so that it needs no command of its own.
    TicketNumber.discard()
    return discarded
