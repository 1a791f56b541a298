"""Make thumbnails of the images in a message, after the response."""

from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django_tasks import task

from wagtail_portal.fields.file_types import THUMBNAIL_TYPES
from wagtail_portal.models import Attachment
from wagtail_portal.utils import thumbnails
from wagtail_portal.utils.after_response import after_response


@task()
def make_thumbnails(pks: list[str]) -> None:
    """Make the thumbnails of attachments that have none. Safe to run twice."""
    for attachment in Attachment.objects.filter(pk__in=pks, thumbnail=""):
        _make(attachment)


def make_thumbnails_soon(attachments) -> None:
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


def _make(attachment: Attachment) -> None:
    try:
        with attachment.file.open() as file:
            content = thumbnails.make(file)
    except OSError:
        # The storage has lost the file, or it has just been deleted.
        return
    if content is None:
        return
    attachment.thumbnail.save("", ContentFile(content), save=False)
    rows = Attachment.objects.filter(pk=attachment.pk, thumbnail="")
    if not rows.update(thumbnail=attachment.thumbnail.name):
        # Deleted meanwhile, or another process was faster.
        attachment.thumbnail.storage.delete(attachment.thumbnail.name)
