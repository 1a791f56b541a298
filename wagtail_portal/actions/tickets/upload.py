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
    if not (by.may(Verb.REPLY) or by.may(Verb.NOTE)):
        by.require(Verb.OPEN)
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
            # Its uploader may send it at this very moment: then it must stay.
            gone, _rows = Attachment.objects.unsent().filter(pk=attachment.pk).delete()
            if gone:
                for file in attachment.stored_files:
                    transaction.on_commit(partial(file.storage.delete, file.name))
                discarded += 1
    # Rows of the number counter are useless once their number is given; this needs no command.
    TicketNumber.discard()
    return discarded
