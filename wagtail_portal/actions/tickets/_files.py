"""Save uploaded files with a message or a ticket."""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal import signals
from wagtail_portal.actions._locks import lock_rows
from wagtail_portal.actions.files.discard_files import discard_unsaved
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import get_field_type
from wagtail_portal.fields.file_types import content_type_of
from wagtail_portal.fields.files import unavailable
from wagtail_portal.models import (
    Attachment,
    PortalSettings,
    Ticket,
    attachment_path,
    portal_storage,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import markup

from ._thumbnails import make_thumbnails_soon

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FieldFile:
    """A file that is the value of a ticket field, or the answer to a question.

    :param file: a new file, or an earlier upload.
    :param pk: the primary key that it will have.
    :param field_key: the key of the ticket field, or "" for an answer.
    """

    file: object
    pk: uuid.UUID
    field_key: str


def extract_files(values: dict, answers: Iterable = ()) -> tuple[dict, list, list[FieldFile]]:
    """Replace files in ``values`` (by field key) and ``answers`` by what the ticket stores instead.

    :return: the values, the answers, and the files to be saved with the ticket.
    """
    found: list[FieldFile] = []

    def stored(value: Any, field_key: str = "") -> Any:
        if not isinstance(value, File | Attachment):
            return value
        pk = value.pk if isinstance(value, Attachment) else uuid.uuid4()
        found.append(FieldFile(value, pk, field_key))
        return {"id": str(pk), "name": clean_file_name(value.name or ""), "size": value.size}

    values = {key: stored(value, key) for key, value in values.items()}
    stored_answers = []
    for answer in answers:
        if get_field_type(answer.get("type", "text")).is_file:
            value = stored(answer["value"])
            name = value["name"] if isinstance(value, dict) else answer["display"]
            answer = {**answer, "value": value, "display": name}
        stored_answers.append(answer)
    return values, stored_answers, found


class FileSaver:
    """Stores new files, then saves them with messages and tickets, within a transaction."""

    def __init__(self, by: Actor, files: Any) -> None:
        """
        :param files: those of the message.
        """
        self.by, self.files = by, files
        #: The attachments of new files that were stored, by the file's ``id()``.
        self.stored: dict[int, Attachment] = {}
        #: Paths of what was stored, to be deleted when the transaction fails.
        self.paths: list[str] = []

    def store(self, files: Any) -> None:
        """Store new files. A storage isn't part of a transaction and can be slow, so this is done
        before anything is locked.

        :raises Invalid: with the key ``attachments`` when the storage refuses one.
        """
        for file in files:
            attachment = Attachment(
                uploader=self.by.user,
                name=clean_file_name(file.name),
                size=file.size,
                content_type=content_type_of(file),
            )
            # Noted first, because a storage that is full leaves part of the file behind.
            name = attachment_path(attachment, file.name)
            self.paths.append(name)
            attachment.file = _store(name, file)
            self.paths[-1] = attachment.file.name
            self.stored[id(file)] = attachment

    def for_message(self, message: Any, at: datetime) -> list[Attachment]:
        """Save the files with ``message``, or as uploads that wait for theirs if it's None.

        :raises Invalid: with the key ``attachments`` when an upload was sent before, or is gone.
        """
        uploads = [file for file in self.files if isinstance(file, Attachment)]
        if uploads:
            lock_rows(Attachment.objects.filter(pk__in=[file.pk for file in uploads]))
        # Files of one message keep the order in which they were chosen.
        saved = [
            self._save(file, at + timedelta(microseconds=position), message=message)
            for position, file in enumerate(self.files)
        ]
        if message is not None:
            make_thumbnails_soon(saved)
        return saved

    def for_ticket(self, ticket: Ticket, field_files: Any, at: datetime) -> None:
        """Save :class:`FieldFile` objects with the ticket whose values or answers they are."""
        for found in field_files:
            self._save(found.file, at, pk=found.pk, ticket=ticket, field_key=found.field_key)

    def _save(self, file: Any, at: datetime, **owner: Any) -> Attachment:
        if isinstance(file, Attachment):
            owner.pop("pk", None)
            _claim(file, self.by, created_at=at, **owner)
            return file
        attachment = self.stored[id(file)]
        for name, value in {**owner, "created_at": at}.items():
            setattr(attachment, name, value)
        attachment.save(force_insert=True)
        return attachment


class _KeptFile(File):
    """A file that a storage neither moves, as Django does with large uploads, nor closes. It's
    needed again if its message can't be saved yet."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return cast(Any, self.file).chunks(chunk_size)

    def close(self) -> None:
        pass


def _store(name: str, file: Any) -> str:
    """Store a file under this path, and return the path.

    :raises Invalid: with the key ``attachments`` when the storage refuses it.
    """
    try:
        return portal_storage().save(name, _KeptFile(file, file.name))
    except ImproperlyConfigured:
        raise
    except Exception as error:
        # Storages raise errors of their own libraries. What was written must not be lost with it.
        logger.exception("The storage refused a file.")
        text = gettext("We couldn’t save the file “%(name)s”. Try again in a few minutes.")
        problem = text % {"name": clean_file_name(file.name)}
        raise Invalid({"attachments": problem}) from error


@contextmanager
def checked_files(
    by: Actor,
    site: Site,
    files: Any,
    *,
    field_files: Any = (),
    begin: Callable[[], AbstractContextManager] = transaction.atomic,
) -> Iterator:
    """Check files, begin a transaction, and give a :class:`FileSaver` for them.

    If the block raises, new files are deleted again, because a storage isn't part of the
    transaction.

    :param files: new files, and unsent uploads of ``by``.
    :param field_files: the same as values of fields, see :func:`extract_files`.
    :param begin: begins the transaction.
    :raises Invalid: with the key ``attachments`` when a file is refused.
    """
    files = list(files)
    new = [
        file
        for file in (*files, *(found.file for found in field_files))
        if not isinstance(file, Attachment)
    ]
    if files or new:
        _check(PortalSettings.cached(site).file_limits, files, new)
    saver, unsaved = FileSaver(by, files), []
    try:
        unsaved = saver.paths
        saver.store(new)
        with begin():
            unsaved = []
            try:
                yield saver
            except BaseException:
                unsaved = saver.paths
                raise
    except BaseException:
        # Outside of the transaction, or what's noted would be rolled back with it. After a commit,
        # a receiver can fail, too, but then the files belong to their rows.
        discard_unsaved(unsaved)
        raise


def _check(limits: Any, files: Any, new: Any) -> None:
    if len(files) > limits.max_number:
        text = gettext("You can attach up to %(number)d files at once.")
        raise Invalid({"attachments": text % {"number": limits.max_number}})
    for file in new:
        try:
            limits.check(file)
        except ValidationError as error:
            raise Invalid({"attachments": error.messages}) from error
        signals.file_received.send(sender=Attachment, file=file, name=file.name)


def _claim(attachment: Any, by: Actor, **changes: Any) -> None:
    """Attach an upload to a message or a ticket. Only its uploader can, and only once, so that
    no one gets at a file by guessing its key."""
    claimed = Attachment.objects.unsent_by(by.user).filter(pk=attachment.pk)
    if by.user is None or not claimed.update(**changes):
        raise Invalid({"attachments": unavailable(attachment.name)})


def exceeds_space(stored: Any, files: Any, megabytes: int) -> bool:
    """Return whether ``files`` don't fit into a space together with those that are stored.

    :param stored: a queryset of attachments.
    :param megabytes: the size of the space; 0 for no limit.
    """
    if not megabytes:
        return False
    used = stored.aggregate(sum=Sum("size"))["sum"] or 0
    return used + sum(file.size for file in files) > megabytes * 1024 * 1024


def clean_file_name(name: str) -> str:
    """Return a file's name without path and control characters, cut to 255 characters."""
    path = PurePath(markup.clean_line(name).replace("\\", "/"))
    return path.stem[: 250 - len(path.suffix)] + path.suffix or gettext("File")
