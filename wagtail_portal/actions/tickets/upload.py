"""A file arrives before the message with which it will be sent."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal.models import Attachment
from wagtail_portal.permissions import Verb
from wagtail_portal.utils.rate_limits import count

from ._files import kept_files


def upload(*, by, site, file, at=None) -> Attachment:
    """Keep a file that belongs to no message yet. Only ``by`` can claim it, once.

    :raises NotAllowed: for who can neither open tickets nor write in one.
    :raises Invalid: with the key ``attachments`` when the file is refused.
    """
    if not (by.may(Verb.REPLY) or by.may(Verb.NOTE)):
        by.require(Verb.OPEN)
    if at is None:
        count(by, "UPLOADS_PER_HOUR")
    at = at or timezone.now()
    with transaction.atomic(), kept_files(by, site, [file]) as keep:
        return keep(None, at)[0]
