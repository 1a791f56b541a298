"""The conversation: messages and the files that they carry."""

import uuid

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InvalidStorageError, Storage, storages
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.fields.files import IMAGE_TYPES, extension, family
from wagtail_portal.utils import markup
from wagtail_portal.utils.users import display_name

from .members import Member
from .settings import DesignatedField
from .tickets import Ticket


class MessageKind(models.TextChoices):
    """Who may read a message."""

    REPLY = "reply", _("Reply")
    NOTE = "note", _("Internal note")


class MessageQuerySet(models.QuerySet):
    def visible_to(self, member: Member):
        """Replies in tickets that ``member`` may read; never an internal note."""
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
    #: The membership with which a customer wrote; empty for the team.
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    body = models.TextField(_("text"), blank=True)
    created_at = models.DateTimeField(_("sent at"), default=timezone.now)
    submission_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "author", "submission_key"], name="portal_message_submitted_once"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "created_at", "id"], name="portal_message_ticket"),
        ]

    def __str__(self):
        return markup.excerpt(self.body, 60)

    @property
    def is_note(self) -> bool:
        """Whether only the team may read this."""
        return self.kind == MessageKind.NOTE

    @property
    def html(self):
        """The text as safe HTML."""
        return markup.render(self.body)

    @property
    def author_name(self) -> str:
        """How the author is called, also when the user is gone."""
        if self.author is None:
            return gettext("Support team") if self.from_team else gettext("Former member")
        return display_name(self.author, from_team=self.from_team)


class MissingStorage(Storage):
    """Stands in while the site has no storage for attachments: it keeps and gives nothing.

    Without it, models could not be loaded, and the system check could not say what is missing.
    """

    def _refuse(self, *args, **kwargs):
        raise ImproperlyConfigured(f"There is no storage '{conf.STORAGE}' for attachments.")

    _open = _save = delete = exists = size = url = _refuse


def portal_storage():
    """The storage of attachments, named by ``WAGTAIL_PORTAL["STORAGE"]``."""
    try:
        return storages[conf.STORAGE]
    except InvalidStorageError:
        return MissingStorage()


def attachment_path(attachment, filename) -> str:
    """A generated name that tells nothing, spread over folders."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


def thumbnail_path(attachment, filename) -> str:
    """As for the attachment itself; nothing in it leads from one to the other."""
    name = uuid.uuid4().hex
    return f"thumbnails/{name[:2]}/{name}"


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, member: Member):
        """Files of messages, answers and designated ticket fields that ``member`` may read."""
        designated = DesignatedField.objects.shown().filter(
            settings__site=OuterRef("ticket__site"), ticket_field__key=OuterRef("field_key")
        )
        of_ticket = Q(ticket__in=Ticket.objects.visible_to(member))
        return self.filter(
            Q(message__in=Message.objects.visible_to(member))
            | of_ticket & (Q(field_key="") | Exists(designated))
        )

    def of_tickets(self, tickets):
        """Everything that was sent in ``tickets``, for the team."""
        return self.filter(Q(message__ticket__in=tickets) | Q(ticket__in=tickets))

    def unsent(self):
        """Uploads that nothing has claimed yet."""
        return self.filter(message=None, ticket=None)

    def unsent_by(self, user):
        """Uploads of ``user`` that nothing has claimed yet."""
        return self.unsent().filter(uploader=user)


class Attachment(models.Model):
    """A private file of a message, or the value of a field.

    Its bytes go through a view that asks who may read it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: Empty until the upload is claimed by the message with which it is sent.
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, related_name="attachments"
    )
    #: Set for a file that a ticket carries in a ticket field, or in an answer.
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="files")
    #: The key of that ticket field; empty for an answer.
    field_key = models.SlugField(max_length=50, blank=True, db_index=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: The request of a visitor with which the file came: until it is proven, nobody's upload.
    request = models.ForeignKey(
        "PendingRequest", on_delete=models.SET_NULL, null=True, related_name="files"
    )
    file = models.FileField(storage=portal_storage, upload_to=attachment_path, max_length=120)
    #: A small picture, of pictures that could be read.
    thumbnail = models.FileField(
        storage=portal_storage, upload_to=thumbnail_path, max_length=120, blank=True
    )
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

    def __str__(self):
        return self.name

    @property
    def is_image(self) -> bool:
        """Whether a browser can show the file as a picture."""
        return self.content_type in IMAGE_TYPES

    @property
    def stored_files(self) -> list:
        """All that the storage keeps of this, to be deleted with it."""
        return [file for file in (self.file, self.thumbnail) if file]

    @property
    def extension(self) -> str:
        """What kind of file it is in the words of its name: "PDF"."""
        return extension(self.name).upper()

    @property
    def family(self) -> str:
        """Which of the families of types it belongs to, to be drawn by an icon."""
        return family(self.content_type)
