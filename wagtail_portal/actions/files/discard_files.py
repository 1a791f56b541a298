"""Delete files from the storage, and try again until it works.

A storage isn't part of the transaction. So what's to be deleted is noted in the transaction, and
deleted after the commit or, if that fails, by a sweep.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from wagtail_portal.exceptions import StorageUnavailable
from wagtail_portal.models import Attachment, DiscardedFile, ReceivedEmail, portal_storage
from wagtail_portal.utils.text import storable

logger = logging.getLogger(__name__)

#: The longest pause between two attempts.
LONGEST_PAUSE = timedelta(days=1)


def connect() -> None:
    """Delete the file of every attachment and received email that's deleted, also together with a
    ticket."""
    uid = "wagtail_portal.actions.files"
    post_delete.connect(_on_attachment_deleted, sender=Attachment, dispatch_uid=uid)
    post_delete.connect(_on_email_deleted, sender=ReceivedEmail, dispatch_uid=uid)


def _on_attachment_deleted(*, instance: Any, **kwargs: Any) -> None:
    discard_files([file.name for file in instance.stored_files])


def _on_email_deleted(*, instance: Any, **kwargs: Any) -> None:
    discard_files([instance.raw.name])


def discard_files(names: list[str]) -> None:
    """Note that these files of the portal's storage are to be deleted, and delete them once the
    transaction commits. No row may refer to them any longer.

    :param names: paths in the storage.
    """
    if not names:
        return
    with transaction.atomic():
        rows = [DiscardedFile(name=name) for name in names]
        DiscardedFile.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(partial(_delete_named, names), robust=True)


def discard_unsaved(names: list[str]) -> None:
    """Delete files whose rows haven't been saved, at once. What can't be deleted is noted. Never
    raises an error, so that the original one is reported.

    :param names: paths in the storage. Some may not exist.
    """
    rows = [DiscardedFile(name=name, error=error) for name in names if (error := _delete(name))]
    if not rows:
        return
    try:
        with transaction.atomic():
            DiscardedFile.objects.bulk_create(rows, ignore_conflicts=True)
    except DatabaseError:
        # The transaction around this one has failed, too, or there's no database.
        logger.exception("These files are left in the storage: %s", names)


def delete_files(*, most: int | None = None) -> int:
    """Delete discarded files that are due from the storage, and return how many were tried.

    :param most: how many to try now; None for all.
    :raises StorageUnavailable: if none of them could be deleted.
    """
    due = DiscardedFile.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    rows = list(due[:most])
    errors = _delete_rows(rows)
    if rows and len(errors) == len(rows):
        raise StorageUnavailable(errors[0])
    return len(rows)


def _delete_named(names: Any) -> None:
    _delete_rows(DiscardedFile.objects.filter(name__in=names))


def _delete_rows(rows: Iterable) -> list[str]:
    """Delete files from the storage, and return what went wrong."""
    errors = []
    for row in rows:
        found = DiscardedFile.objects.filter(pk=row.pk)
        if error := _delete(row.name):
            # 1 minute, 2, 4, … up to a day.
            pause = min(timedelta(minutes=2 ** min(row.attempts, 11)), LONGEST_PAUSE)
            due_at = timezone.now() + pause
            found.update(attempts=row.attempts + 1, due_at=due_at, error=error)
            errors.append(error)
        else:
            found.delete()
    return errors


def _delete(name: str) -> str:
    """Delete a file, and return what went wrong, "" for nothing."""
    try:
        portal_storage().delete(name)
    except FileNotFoundError:
        return ""
    except Exception as error:
        # Storages raise errors of their own libraries.
        logger.warning("The file %s could not be deleted.", name, exc_info=True)
        return storable(f"{type(error).__name__}: {error}")[:2000]
    return ""
