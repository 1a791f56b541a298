"""Files that were uploaded but never sent are thrown away."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from wagtail_portal.models import Attachment, TicketNumber


def discard_uploads(*, older_than) -> int:
    """Delete uploads that nothing claimed for ``older_than``, a timedelta; says how many."""
    old = Attachment.objects.unsent().filter(created_at__lt=timezone.now() - older_than)
    discarded = 0
    for attachment in old.iterator():
        with transaction.atomic():
            # Somebody may claim it at this very moment: then it is not ours to delete.
            gone, _rows = Attachment.objects.unsent().filter(pk=attachment.pk).delete()
            if gone:
                for file in attachment.stored_files:
                    transaction.on_commit(partial(file.storage.delete, file.name))
                discarded += 1
    # Not worth a command of its own: the counter's rows are of no use once a number is given.
    TicketNumber.discard()
    return discarded
