"""Messages and attachments."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InvalidStorageError, Storage, storages
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.fields.file_types import IMAGE_TYPES, extension, family
from wagtail_portal.utils import markup
from wagtail_portal.utils.typing import User
from wagtail_portal.utils.users import display_name

from .members import Member, Reader
from .settings import DesignatedField
from .tickets import Ticket

#: How long after sending a message its author can correct it.
EDIT_PERIOD = timedelta(minutes=10)
#: Characters of a message that are loaded for an excerpt. HTML is longer than its text.
EXCERPT_LENGTH = 2000


class MessageKind(models.TextChoices):
    """Whether customers can read a message."""

    REPLY = "reply", _("Reply")
    NOTE = "note", _("Internal note")


class MessageQuerySet(models.QuerySet):
    def update(self, **changes: Any) -> int:
        """As Django's. What was rendered of a text and its earlier versions are cleared with it, or
        an erased text would still be shown."""
        if "body" in changes:
            changes = {"rendered": "", "renderer_version": 0, **changes}
            MessageVersion.objects.filter(message__in=self.values("pk")).delete()
        return super().update(**changes)

    update.alters_data = True  # type: ignore[attr-defined]

    def visible_to(self, member: Member | Reader) -> Self:
        """Return the replies in tickets that ``member`` can see; never an internal note."""
        return self.filter(kind=MessageKind.REPLY, ticket__in=Ticket.objects.visible_to(member))


class Message(models.Model):
    """One entry in the conversation: a reply (customers see it) or an internal note."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    kind = models.CharField(max_length=10, choices=MessageKind, default=MessageKind.REPLY)
    from_team = models.BooleanField(_("from the team"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: The name of an agent whose user account was deleted.
    former_author = models.CharField(max_length=200, blank=True, default="", editable=False)
    #: The customer's membership; empty for the team.
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    body = models.TextField(_("text"), blank=True)
    #: What the author of an email quoted, and their signature. Shown as it is, on request.
    quoted = models.TextField(blank=True, default="")
    #: Further email addresses to which the team sent a copy, and whether customers see them.
    copies = models.TextField(blank=True, default="")
    copies_shown = models.BooleanField(default=False)
    #: The text as safe HTML, by the version of the renderer that made it.
    rendered = models.TextField(blank=True, default="", editable=False)
    renderer_version = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("sent at"), default=timezone.now)
    #: When the author last corrected the text; empty if they didn't.
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True, editable=False)
    submission_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        # Every update goes through the queryset's.
        base_manager_name = "objects"
        # As they were added, which is under the ticket's lock. Times can go back.
        ordering = ["id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "author", "submission_key"], name="portal_message_submitted_once"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="portal_message_ticket"),
        ]

    def __str__(self) -> str:
        return markup.excerpt(self.body, 60)

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        if update_fields is None or "body" in update_fields:
            self.render()
            update_fields = update_fields and {*update_fields, "rendered", "renderer_version"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def render(self) -> None:
        """Render the text, without saving it."""
        self.rendered = markup.render(self.body)
        self.renderer_version = markup.RENDERER_VERSION

    @property
    def is_note(self) -> bool:
        """Whether only the team can read the message."""
        return self.kind == MessageKind.NOTE

    @property
    def is_from_guest(self) -> bool:
        """Whether the author is someone with whom the ticket was shared. Queries for each author
        who isn't the requester, unless their membership and its organization are loaded."""
        if self.member_id is None or self.member_id == self.ticket.requester_id:
            return False
        author = cast(Member, self.member)
        # Those of the organization that the ticket was moved from were never guests.
        return author.organization_id != self.ticket.organization_id and author.is_visitor

    def is_by(self, member: Member) -> bool:
        """Return whether ``member`` wrote the message."""
        return (self.author_id, self.member_id) == (member.user_id, member.pk)

    def can_be_edited(self, now: datetime | None = None) -> bool:
        """Return whether the message was sent so recently that its author can correct it."""
        return (now or timezone.now()) - self.created_at <= EDIT_PERIOD

    @property
    def written_at(self) -> datetime:
        """When the text was written as it is."""
        return self.edited_at or self.created_at

    @property
    def html(self) -> Any:
        """The text as safe HTML: as it was stored, or rendered now if that is out of date."""
        if self.renderer_version == markup.RENDERER_VERSION:
            return mark_safe(self.rendered)  # noqa: S308 - the renderer made it
        return markup.render(self.body)

    @property
    def email_html(self) -> Any:
        """The text as safe HTML for emails, in which links show where they lead."""
        return markup.with_targets(self.html)

    @property
    def author_name(self) -> str:
        """The name of the author, even if the user was deleted."""
        return self.former_author or display_name(self.author, from_team=self.from_team)


class MessageVersion(models.Model):
    """The text of a message before its author corrected it. Only the team can read it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    body = models.TextField(_("text"), blank=True)
    replaced_at = models.DateTimeField(_("replaced at"), default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("earlier version of a message")
        verbose_name_plural = _("earlier versions of messages")

    def __str__(self) -> str:
        return markup.excerpt(self.body, 60)

    @property
    def html(self) -> Any:
        """The text as safe HTML."""
        return markup.render(self.body)


class MissingStorage(Storage):
    """Stands in for a missing storage, so that models load and the system check can report it."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise ImproperlyConfigured(f"There is no storage '{conf.STORAGE}' for attachments.")

    _open = _save = delete = exists = size = url = _refuse


def portal_storage() -> Any:
    """Return the storage of attachments, named by ``WAGTAIL_PORTAL["STORAGE"]``."""
    try:
        return storages[conf.STORAGE]
    except InvalidStorageError:
        return MissingStorage()


def attachment_path(attachment: Any, filename: Any) -> str:
    """Return a random path, which reveals nothing about the file."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


def thumbnail_path(attachment: Any, filename: Any) -> str:
    """Return a random path that can't be derived from the attachment's."""
    name = uuid.uuid4().hex
    return f"thumbnails/{name[:2]}/{name}"


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, member: Member) -> Any:
        """Return the files of messages, answers and designated fields that ``member`` can see;
        visitors with whom a ticket was shared, those of its messages."""
        of_messages = Q(message__in=Message.objects.visible_to(member))
        if not member.role.gives_access:
            return self.filter(of_messages)
        designated = DesignatedField.objects.shown().filter(
            settings__site=OuterRef("ticket__site"), ticket_field__key=OuterRef("field_key")
        )
        of_ticket = Q(ticket__in=Ticket.objects.visible_to(member))
        return self.filter(of_messages | of_ticket & (Q(field_key="") | Exists(designated)))

    def of_tickets(self, tickets: Iterable) -> Self:
        """Return all files of ``tickets``, including internal notes."""
        return self.filter(Q(message__ticket__in=tickets) | Q(ticket__in=tickets))

    def unsent(self) -> Self:
        """Return uploads that don't belong to a message or a ticket yet."""
        return self.filter(message=None, ticket=None)

    def unsent_by(self, user: User) -> Self:
        """Return the unsent uploads of ``user``."""
        return self.unsent().filter(uploader=user)


class Attachment(models.Model):
    """A private file of a message or a field, served by a view that checks access."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: Empty until the upload is sent.
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, related_name="attachments"
    )
    #: For the file of a ticket field or an answer.
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="files")
    #: The key of the ticket field; empty for an answer.
    field_key = models.SlugField(max_length=50, blank=True, db_index=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: The visitor's request that the file was uploaded with.
    request = models.ForeignKey(
        "PendingRequest", on_delete=models.SET_NULL, null=True, related_name="files"
    )
    file = models.FileField(storage=portal_storage, upload_to=attachment_path, max_length=120)
    #: For images that could be decoded.
    thumbnail = models.FileField(
        storage=portal_storage, upload_to=thumbnail_path, max_length=120, blank=True
    )
    #: Whether a thumbnail was made, or can't be made.
    thumbnail_tried = models.BooleanField(default=False)
    name = models.CharField(_("file name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size"))
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["created_at"], name="portal_attachment_age")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sent(self) -> bool:
        """Whether the file belongs to a message or a ticket."""
        return self.message_id is not None or self.ticket_id is not None

    @property
    def is_image(self) -> bool:
        """Whether browsers can show the file as an image."""
        return self.content_type in IMAGE_TYPES

    @property
    def stored_files(self) -> list:
        """The files in the storage."""
        return [file for file in (self.file, self.thumbnail) if file]

    @property
    def extension(self) -> str:
        """The file extension in upper case, like "PDF"."""
        return extension(self.name).upper()

    @property
    def family(self) -> str:
        """The family of file types, which has an icon."""
        return family(self.content_type)


def with_last_text(tickets: QuerySet) -> Any:
    """Annotate ``tickets`` with ``last_text``, the beginning of the last reply, without loading the
    whole text. See :func:`last_excerpt`."""
    is_current = Q(last_reply__renderer_version=markup.RENDERER_VERSION)
    start = {
        name: Substr(f"last_reply__{name}", 1, EXCERPT_LENGTH) for name in ("rendered", "body")
    }
    long = (f"last_reply__{name}" for name in ("rendered", "body", "quoted"))
    return tickets.defer(*long).annotate(
        last_text=Case(When(is_current, then=start["rendered"]), default=start["body"])
    )


def last_excerpt(ticket: Ticket) -> str:
    """Return the excerpt of the last reply of a ticket of :func:`with_last_text`."""
    if ticket.last_reply and ticket.last_reply.renderer_version == markup.RENDERER_VERSION:
        return markup.excerpt_of_html(ticket.last_text)
    return markup.excerpt(ticket.last_text)
