"""The outbox: one notification per recipient, stored until it's delivered."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_portal.events import MAX_KEY_LENGTH, event_choices, get_event, secret_event_keys
from wagtail_portal.utils.prepared import prepared_update

from .delivery_pauses import DeliveryPause
from .invitations import Invitation
from .members import Member
from .messages import Message
from .tickets import Ticket

#: How long delivery is retried before the notification counts as failed.
RETRY_PERIOD = timedelta(days=1)


class Delivery(models.TextChoices):
    """The delivery state of a notification."""

    DUE = "due", pgettext_lazy("email", "Waiting to be sent")
    DIGEST = "digest", pgettext_lazy("email", "Waiting for the daily digest")
    SENT = "sent", pgettext_lazy("email", "Sent")
    FAILED = "failed", pgettext_lazy("email", "Failed")


class Feedback(models.TextChoices):
    """What became of an email after it was sent, as far as servers and providers report it."""

    UNKNOWN = "", ""
    DELAYED = "delayed", pgettext_lazy("email", "Delayed")
    DELIVERED = "delivered", pgettext_lazy("email", "Delivered")
    BOUNCED = "bounced", pgettext_lazy("email", "Returned as undeliverable")
    COMPLAINED = "complained", pgettext_lazy("email", "Reported as spam")


class NotificationQuerySet(models.QuerySet):
    def due(self, now: datetime) -> Self:
        """Return notifications that can be sent at ``now``, the longest waiting first."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.filter(free, state=Delivery.DUE, due_at__lte=now).order_by("due_at", "pk")

    def without_secrets(self) -> Self:
        """Return notifications whose emails hold neither a code nor a token."""
        return self.exclude(event__in=secret_event_keys())

    def undelivered(self) -> Self:
        """Return notifications that haven't been sent."""
        # Listed, so that the index by state is used: almost all have been sent.
        return self.filter(state__in=[state for state in Delivery if state != Delivery.SENT])

    def claim(
        self, pk: int, *, now: datetime, lease: timedelta, during_pause: bool = False
    ) -> uuid.UUID | None:
        """Claim a due notification for ``lease``. Return None if another process has it, or the
        email server hangs.

        Every database runs this one conditional statement for one process at a time, so two
        processes never send the same email. A process that dies loses its claim with the lease.
        """
        claim = uuid.uuid4()
        return claim if _claim(pk, now, now + lease, claim, during_pause) else None

    def note_feedback(self, pk: int, feedback: Feedback, reason: str = "") -> bool:
        """Note what became of a sent email, and return whether that's news. Reports can arrive in
        any order and more than once, so one never replaces a later stage."""
        order = Feedback.values
        earlier = order[: order.index(feedback)]
        rows = self.filter(pk=pk, feedback__in=earlier)
        return bool(rows.update(feedback=feedback, feedback_reason=reason[:500]))

    def settle(self, pk: int, claim: Any, **changes: Any) -> bool:
        """Save the outcome of a claimed notification. Return False if the claim was lost."""
        return bool(_settle(pk, claim, **changes))


@prepared_update
def _claim(pk: int, now: datetime, until: datetime, claim: uuid.UUID, during_pause: bool) -> Any:
    due = Notification.objects.due(now).filter(pk=pk).order_by()
    if not during_pause:
        due = due.filter(~Exists(DeliveryPause.objects.all()))
    return due, {"claim": claim, "claimed_until": until, "attempts": F("attempts") + 1}


@prepared_update
def _settle(pk: int, claim: uuid.UUID, **changes: Any) -> Any:
    claimed = Notification.objects.filter(pk=pk, claim=claim)
    return claimed, {"claim": None, "claimed_until": None, **changes}


class Notification(models.Model):
    """One email to one person about one event, written in the transaction of the action."""

    event = models.CharField(_("event"), max_length=MAX_KEY_LENGTH, choices=event_choices)
    #: Empty for an email address without a user: a team mailbox, an invited person.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    #: The membership in which a customer is notified.
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="+")
    #: Overrides the recipient's own email address.
    email = models.EmailField(_("email address"), blank=True)
    #: Whether the recipient is notified as an agent, with a link to the admin.
    to_team = models.BooleanField(default=False)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    #: Who caused the event. The email is sent in their name.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    by_team = models.BooleanField(default=False)
    #: Details of the event in stored form. What the recipient may see of them is decided when the
    #: email is sent.
    data = models.JSONField(default=dict, blank=True)
    #: Template and context of an email with a secret, encrypted; cleared once it's sent or expired.
    encrypted = models.TextField(blank=True, editable=False)
    #: The language for recipients who haven't chosen one.
    language = models.CharField(max_length=20, blank=True)
    #: Shared by all notifications of one action, which one task sends.
    batch = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    #: The digest that this notification became part of.
    digest = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="parts", editable=False
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=Delivery, default=Delivery.DUE)
    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    retry_until = models.DateTimeField(_("failed at"))
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    #: The ID that the provider gave to the email, which its reports name.
    provider_id = models.CharField(max_length=255, blank=True, editable=False)
    feedback = models.CharField(
        max_length=10, choices=Feedback, default=Feedback.UNKNOWN, blank=True, editable=False
    )
    #: What the email server said.
    feedback_reason = models.CharField(max_length=500, blank=True, editable=False)

    objects = NotificationQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        # Notifications are never added, changed or deleted by hand.
        default_permissions = ("view",)
        permissions = [("retry_notification", _("Can resend emails"))]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "recipient", "email", "message"], name="portal_notification_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="portal_notification_due"),
            models.Index(fields=["-created_at", "-id"], name="portal_notification_newest"),
            models.Index(fields=["ticket", "sent_at"], name="portal_notification_ticket"),
            models.Index(fields=["recipient", "sent_at"], name="portal_notification_person"),
            models.Index(fields=["email", "sent_at"], name="portal_notification_email"),
            models.Index(fields=["provider_id"], name="portal_notification_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()} → {self.to}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.retry_until = self.retry_until or self.created_at + RETRY_PERIOD
        super().save(*args, **kwargs)

    @property
    def is_secret(self) -> bool:
        """Whether the email holds a code or a token."""
        return get_event(self.event).is_secret

    @property
    def is_copy(self) -> bool:
        """Whether it's a copy for someone who takes no part in the ticket and has no access."""
        return self.ticket_id is not None and not self.to_team and self.recipient_id is None

    @property
    def to(self) -> str:
        """The email address that the notification is sent to."""
        if self.recipient is None or self.email:
            return self.email
        return getattr(self.recipient, self.recipient.get_email_field_name())
