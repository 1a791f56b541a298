"""Compare the storage of attachments with the database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from wagtail_portal.models import Attachment, DiscardedFile, ReceivedEmail, portal_storage

#: The folders in which attachments, thumbnails and received emails are stored.
FOLDERS = ("attachments", "thumbnails", "received")
CHUNK = 500


def compare_files(*, older_than: timedelta) -> tuple[list[str], list[str]]:
    """Return the paths of stored files that no row refers to, and of those that are missing.

    All paths are in memory at once, about 100 bytes each.

    :param older_than: the minimum age of files without a row. The transaction that stores the row
        of a newer one may not have been committed yet.
    :raises NotImplementedError: if the storage can't list its files.
    """
    storage = portal_storage()
    stored = {name for folder in FOLDERS for name in _walk(storage, folder)}
    missing = []
    for rows in (
        Attachment.objects.order_by().values_list("file", "thumbnail"),
        ReceivedEmail.objects.order_by().values_list("raw"),
    ):
        for names in rows.iterator(CHUNK):
            for name in filter(None, names):
                if name in stored:
                    stored.discard(name)
                elif not storage.exists(name) and _used([name]):
                    missing.append(name)
    stored.difference_update(DiscardedFile.objects.values_list("name", flat=True).iterator(CHUNK))
    newest = timezone.now() - older_than
    orphans = [name for name in sorted(stored) if storage.get_modified_time(name) < newest]
    # Rows may have been saved while the others were read.
    used = set()
    for start in range(0, len(orphans), CHUNK):
        used |= _used(orphans[start : start + CHUNK])
    return [name for name in orphans if name not in used], sorted(missing)


def _walk(storage: Any, folder: str) -> Iterator:
    """Yield the paths of all files in a folder and those below."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files if name)
    for name in folders:
        yield from _walk(storage, f"{folder}/{name}")


def _used(names: list[str]) -> set[str]:
    """Return those of the paths that a row refers to."""
    rows = Attachment.objects.filter(Q(file__in=names) | Q(thumbnail__in=names))
    found = {name for row in rows.values_list("file", "thumbnail") for name in row}
    found |= set(ReceivedEmail.objects.filter(raw__in=names).values_list("raw", flat=True))
    return found & set(names)
