"""Save uploaded files with a message or a ticket."""

import uuid
from contextlib import contextmanager
from datetime import timedelta
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields.files import CONTENT_TYPES, IMAGE_TYPES, extension
from wagtail_portal.models import Attachment, PortalSettings
from wagtail_portal.utils import markup, thumbnails


class FileSaver:
    """Saves files with messages and tickets, within a transaction."""

    def __init__(self, by, files, field_files=()):
        self.by, self.files = by, files
        # Make thumbnails first, before anything is locked that others wait for.
        every = [*files, *(found.file for found in field_files)]
        self.thumbnails = {id(file): _thumbnail(file) for file in every}
        #: What was stored, to be deleted when the transaction fails.
        self.stored = []

    def for_message(self, message, at) -> list[Attachment]:
        """Save the files with ``message``, or as uploads that wait for theirs if it's None."""
        # Files of one message keep the order in which they were chosen.
        return [
            self._save(file, at + timedelta(microseconds=position), message=message)
            for position, file in enumerate(self.files)
        ]

    def for_ticket(self, ticket, field_files, at) -> None:
        """Save :class:`.FieldFile` objects with the ticket whose values or answers they are."""
        for found in field_files:
            self._save(found.file, at, pk=found.pk, ticket=ticket, field_key=found.field_key)

    def _save(self, file, at, **owner) -> Attachment:
        if isinstance(file, Attachment):
            owner.pop("pk", None)
            _claim(file, self.by, created_at=at, **owner)
            return file
        pk = owner.pop("pk", None) or uuid.uuid4()
        attachment = Attachment(
            pk=pk,
            uploader=self.by.user,
            name=display_name(file.name),
            size=file.size,
            content_type=CONTENT_TYPES[extension(file.name)],
            created_at=at,
            **owner,
        )
        attachment.file.save(file.name, file, save=False)
        self.stored.append(attachment.file)
        if thumbnail := self.thumbnails.get(id(file)):
            attachment.thumbnail.save("", ContentFile(thumbnail), save=False)
            self.stored.append(attachment.thumbnail)
        attachment.save(force_insert=True)
        return attachment


@contextmanager
def checked_files(by, site, files, *, field_files=()):
    """Check files, and give a :class:`FileSaver` for them.

    If the block raises, the files it stored are deleted again, because a storage isn't part of
    the transaction.

    :param files: new files, and unsent uploads of ``by``.
    :param field_files: the same as values of fields, see :func:`._field_files.extract_files`.
    :raises Invalid: with the key ``attachments`` when a file is refused.
    """
    files = list(files)
    if files or field_files:
        limits = PortalSettings.cached(site).file_limits
        if len(files) > limits.max_number:
            raise Invalid(
                {
                    "attachments": gettext("You can attach up to %(number)d files at once.")
                    % {"number": limits.max_number}
                }
            )
        _check(limits, [*files, *(found.file for found in field_files)])
    saver = FileSaver(by, files, field_files)
    try:
        yield saver
    except BaseException:
        for file in saver.stored:
            file.storage.delete(file.name)
        raise


def _thumbnail(file) -> bytes | None:
    if isinstance(file, Attachment):
        return None
    is_image = CONTENT_TYPES[extension(file.name)] in IMAGE_TYPES
    return thumbnails.make(file) if is_image else None


def _claim(attachment, by, **changes) -> None:
    """Attach an upload to a message or a ticket. Only its uploader can, and only once, so that
    nobody gets at a file by guessing its key."""
    claimed = Attachment.objects.unsent_by(by.user).filter(pk=attachment.pk)
    if by.user is None or not claimed.update(**changes):
        raise Invalid({"attachments": gettext("A file has already been sent. Attach it again.")})


def _check(limits, files) -> None:
    for file in files:
        if isinstance(file, Attachment):
            continue
        try:
            limits.check(file)
        except ValidationError as error:
            raise Invalid({"attachments": error.messages}) from error
        signals.file_received.send(sender=Attachment, file=file, name=file.name)


def display_name(name: str) -> str:
    """Return a file's name without path and control characters, cut to 255 characters."""
    path = PurePath(markup.clean_line(name).replace("\\", "/"))
    return path.stem[: 250 - len(path.suffix)] + path.suffix
