"""Emails that were received: each is stored as it is before anything else happens to it."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH

from .fields import LineField
from .members import Member
from .messages import Message, portal_storage
from .tickets import Ticket


class ReceivedState(models.TextChoices):
    """What has become of a received email."""

    WAITING = "waiting", pgettext_lazy("received email", "Being processed")
    HELD = "held", pgettext_lazy("received email", "Waiting for the team")
    SPAM = "spam", pgettext_lazy("received email", "Spam")
    ADDED = "added", pgettext_lazy("received email", "Added")
    ANSWERED = "answered", pgettext_lazy("received email", "Answered")
    IGNORED = "ignored", pgettext_lazy("received email", "Automatic email")
    DISCARDED = "discarded", pgettext_lazy("received email", "Discarded")
    FAILED = "failed", pgettext_lazy("received email", "Failed")


class Reason(models.TextChoices):
    """Why an email wasn't added to a ticket."""

    NONE = "", ""
    UNVERIFIED = "unverified", _("The sender isn’t verified.")
    OTHER_ADDRESS = (
        "other_address",
        _("It’s a reply to an email that was sent to another address."),
    )
    UNKNOWN = "unknown", _("The sender isn’t known.")
    ANSWERED = "answered", _("The sender was told the address of the portal.")
    NOT_INVOLVED = "not_involved", _("The sender doesn’t take part in this ticket.")
    NOT_ALLOWED = "not_allowed", _("The sender isn’t allowed to do this in the portal.")
    AGENT = "agent", _("Agents can’t reply by email, or this ticket can’t be changed.")
    BLOCKED = "blocked", _("The sender is on the block list.")
    SPAM = "spam", _("The email server considers it spam.")
    LIST = "list", _("It was sent to a mailing list.")
    PERHAPS_AUTOMATIC = "perhaps_automatic", _("It looks like an automatic email.")
    AUTOMATIC = "automatic", _("It’s an automatic reply.")
    BOUNCE = "bounce", _("It reports that an email wasn’t delivered.")
    COMPLAINT = "complaint", _("It reports an email as spam.")
    RECEIPT = "receipt", _("It’s a read receipt.")
    TEST = "test", _("It’s a test of incoming email.")
    LOOP = "loop", _("It was sent by the portal itself.")
    REFUSED = "refused", _("It couldn’t be added.")
    ERROR = "error", _("An error occurred.")


class ReceivedEmailQuerySet(models.QuerySet):
    def due(self, now: datetime) -> Self:
        """Return the emails that can be processed at ``now``, the longest waiting first."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        found = self.filter(free, state=ReceivedState.WAITING, due_at__lte=now)
        return found.order_by("due_at", "pk")

    def to_decide(self) -> Self:
        """Return the emails that wait for the team, and those that failed."""
        return self.filter(state__in=[ReceivedState.HELD, ReceivedState.FAILED])

    def claim(self, pk: int, *, now: datetime, lease: timedelta) -> uuid.UUID | None:
        """Claim a due email for ``lease``. Return None if another process has it."""
        claim = uuid.uuid4()
        due = self.due(now).order_by().filter(pk=pk)
        claimed = due.update(claim=claim, claimed_until=now + lease, attempts=F("attempts") + 1)
        return claim if claimed else None


def received_email_path(instance: Any, filename: Any) -> str:
    """Return a random path, which reveals nothing about the email."""
    name = uuid.uuid4().hex
    return f"received/{name[:2]}/{name}"


class ReceivedEmail(models.Model):
    """One email as it was received, and what has become of it."""

    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    #: Of its content, so that an email that's delivered twice is processed once by each portal.
    digest = models.CharField(max_length=64, editable=False)
    raw = models.FileField(storage=portal_storage, upload_to=received_email_path, max_length=120)
    size = models.PositiveBigIntegerField(_("size"))
    #: The sender that the email server was told: "" for the null sender, None if it's not known.
    envelope_from = models.CharField(max_length=320, null=True, blank=True)  # noqa: DJ001
    #: The recipients that the email server was told, if it passes them on.
    envelope_to = models.JSONField(default=list, blank=True)
    #: Results of SPF, DKIM and DMARC from a provider's signed request, in the form of RFC 8601.
    provider_results = models.TextField(blank=True)
    #: Whether it came from a provider, so that none of the site's own servers has checked it.
    is_from_provider = models.BooleanField(default=False)
    #: Without angle brackets.
    internet_message_id = models.CharField(max_length=900, blank=True)
    sender = models.CharField(_("from"), max_length=320, blank=True)
    sender_name = LineField(max_length=200, blank=True)
    subject = LineField(_("subject"), max_length=SUBJECT_MAX_LENGTH, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    state = models.CharField(
        _("state"), max_length=10, choices=ReceivedState, default=ReceivedState.WAITING
    )
    reason = models.CharField(
        _("reason"), max_length=20, choices=Reason, default=Reason.NONE, blank=True
    )
    #: Details for the team: what an action or an exception says, what couldn't be attached.
    detail = models.TextField(_("details"), blank=True)
    #: Whether the From address is proven, as in ``received_email.Verdict``.
    verdict = models.CharField(max_length=10, blank=True)
    #: The ticket that it belongs to or would belong to, and the message that it became.
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")
    #: Who sent it, or whoever it would be added as.
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: Whether an agent has said that it's not spam.
    not_spam = models.BooleanField(default=False)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects = ReceivedEmailQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = _("received email")
        verbose_name_plural = _("received emails")
        default_permissions = ("view",)
        permissions = [("decide_receivedemail", _("Can accept received emails"))]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="portal_received_due"),
            models.Index(fields=["-received_at", "-id"], name="portal_received_newest"),
            models.Index(fields=["sender"], name="portal_received_sender"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "digest"], name="portal_received_once")
        ]

    def __str__(self) -> str:
        return self.subject or self.sender
