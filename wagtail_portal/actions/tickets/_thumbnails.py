"""Make thumbnails of the images in a message, after the response."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from wagtail_portal.actions.files.discard_files import discard_unsaved
from wagtail_portal.fields.file_types import THUMBNAIL_TYPES
from wagtail_portal.models import Attachment, portal_storage, thumbnail_path
from wagtail_portal.utils import thumbnails
from wagtail_portal.utils.after_response import after_response

logger = logging.getLogger(__name__)

#: How old an image without a thumbnail is before its task must have failed, and when it's too late.
MISSING_AFTER, GIVEN_UP_AFTER = timedelta(minutes=15), timedelta(days=7)


@task()
def make_thumbnails(pks: list[str]) -> None:
    """Make the thumbnails of attachments that have none. Safe to run twice."""
    for attachment in Attachment.objects.filter(pk__in=pks, thumbnail="", thumbnail_tried=False):
        _make(attachment)


def make_thumbnails_soon(attachments: Iterable) -> None:
    """Let a task make the thumbnails of the images among ``attachments``, once the transaction
    commits. A task that runs immediately runs after the response.

    Only files that were sent get here, so no stranger's image is decoded before they've proven who
    they are.
    """
    images = [
        str(file.pk)
        for file in attachments
        if file.content_type in THUMBNAIL_TYPES and not file.thumbnail
    ]
    if images:
        work = partial(make_thumbnails.enqueue, images)
        transaction.on_commit(partial(after_response, work), robust=True)


def make_missing_thumbnails(*, most: int) -> int:
    """Make thumbnails of images in messages whose task has failed, and return how many are settled.

    :param most: how many to try now.
    """
    now = timezone.now()
    missing = Attachment.objects.filter(
        thumbnail="",
        thumbnail_tried=False,
        content_type__in=THUMBNAIL_TYPES,
        created_at__range=(now - GIVEN_UP_AFTER, now - MISSING_AFTER),
    ).exclude(message=None)
    return sum(_make(attachment) for attachment in missing.order_by("?")[:most])


def _make(attachment: Attachment) -> bool:
    """Make a thumbnail if that's possible, and return whether it needn't be tried again."""
    rows = Attachment.objects.filter(pk=attachment.pk, thumbnail="")
    name = thumbnail_path(attachment, "")
    try:
        with attachment.file.open() as file:
            content = thumbnails.make(file)
        if content is not None:
            name = portal_storage().save(name, ContentFile(content))
    except FileNotFoundError:
        # The storage has lost the file, or it has just been deleted.
        content = None
    except Exception:
        # Storages raise errors of their own libraries. A sweep tries again.
        logger.warning("There's no thumbnail of %s.", attachment.pk, exc_info=True)
        discard_unsaved([name])
        return False
    if not rows.update(thumbnail=name if content else "", thumbnail_tried=True) and content:
        # It was deleted, or another process was faster.
        discard_unsaved([name])
    return True
