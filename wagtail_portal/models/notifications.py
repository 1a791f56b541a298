"""Who is to be told of what, kept until it is delivered: the outbox."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .invitations import Invitation
from .members import Member
from .messages import Message
from .tickets import Ticket

#: How long a notification is tried before it is given up, visibly.
RETRY_PERIOD = timedelta(days=1)


class Event(models.TextChoices):
    """What a notification tells."""

    TICKET_OPENED = "ticket_opened", _("Ticket opened")
    REPLY_ADDED = "reply_added", _("Reply")
    STATUS_CHANGED = "status_changed", _("Status changed")
    FIELDS_CHANGED = "fields_changed", _("Fields changed")
    TICKET_ASSIGNED = "ticket_assigned", _("Ticket assigned")
    AGENTS_MENTIONED = "agents_mentioned", _("Mentioned")
    SATISFACTION_ASKED = "satisfaction_asked", _("Asked how it was")
    JOIN_REQUESTED = "join_requested", _("Asked to join")
    MEMBER_INVITED = "member_invited", _("Invitation")
    DIGEST = "digest", _("Daily summary")
    SIGN_IN = "sign_in", _("Sign-in")
    REQUEST_CODE = "request_code", _("Code for a form")


#: Mails with a code, or the link of an invitation: kept sealed, and no longer than needed.
SECRET_EVENTS = {Event.SIGN_IN, Event.REQUEST_CODE, Event.MEMBER_INVITED}


class Delivery(models.TextChoices):
    """How far a notification has come."""

    DUE = "due", pgettext_lazy("mail", "To be sent")
    DIGEST = "digest", pgettext_lazy("mail", "Waits for the daily summary")
    SENT = "sent", pgettext_lazy("mail", "Sent")
    GIVEN_UP = "given_up", pgettext_lazy("mail", "Given up")


class NotificationQuerySet(models.QuerySet):
    def due(self, now):
        """Those that can be sent at ``now``, the longest waiting first."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.filter(free, state=Delivery.DUE, due_at__lte=now).order_by("due_at", "pk")

    def without_codes(self):
        """Those that hold no secret."""
        return self.exclude(event__in=SECRET_EVENTS)

    def undelivered(self):
        """Those that have not been sent."""
        return self.exclude(state=Delivery.SENT)

    def claim(self, pk: int, *, now, lease: timedelta):
        """Take a notification that is due, for ``lease``; None when another process has it.

        One conditional statement, which every database runs for one process at a time, so that
        two never send the same. A process that dies with it loses it when the lease is over.
        """
        claim = uuid.uuid4()
        taken = (
            self.due(now)
            .order_by()
            .filter(pk=pk)
            .update(claim=claim, claimed_until=now + lease, attempts=F("attempts") + 1)
        )
        return claim if taken else None

    def settle(self, pk: int, claim, **changes) -> bool:
        """Write down what became of a claimed notification; False when the claim was lost."""
        mine = self.filter(pk=pk, claim=claim)
        return bool(mine.update(claim=None, claimed_until=None, **changes))


class Notification(models.Model):
    """One mail to one person about one thing. Written in the transaction of the action."""

    event = models.CharField(_("event"), max_length=30, choices=Event)
    #: Empty for an address without a user: a mailbox of the team, somebody who is invited.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    #: With which membership a customer is told.
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.EmailField(_("address"), blank=True)
    #: Whether the recipient is told as one of the team, with a link into the admin.
    to_team = models.BooleanField(default=False)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    #: Who did it, in whose name the mail is sent.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    by_team = models.BooleanField(default=False)
    #: What the event was about, in its stored form: decided anew when it is sent what of it shows.
    data = models.JSONField(default=dict, blank=True)
    #: A code and what belongs to it, sealed; emptied as soon as it is sent or of no use any more.
    sealed = models.TextField(blank=True, editable=False)
    #: The language of a mail to somebody who has none of their own.
    language = models.CharField(max_length=20, blank=True)
    #: All that one action tells, for the task that sends it.
    batch = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    #: The summary in which it was told.
    digest = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="parts", editable=False
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=Delivery, default=Delivery.DUE)
    due_at = models.DateTimeField(_("next try"), default=timezone.now)
    give_up_at = models.DateTimeField(_("given up at"))
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)

    objects = NotificationQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        # Nobody writes, changes or deletes one by hand.
        default_permissions = ("view",)
        permissions = [("retry_notification", _("Can send mails again"))]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "recipient", "address", "message"], name="portal_notification_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="portal_notification_due"),
            models.Index(fields=["-created_at", "-id"], name="portal_notification_newest"),
            models.Index(fields=["ticket", "sent_at"], name="portal_notification_ticket"),
            models.Index(fields=["recipient", "sent_at"], name="portal_notification_person"),
            models.Index(fields=["address", "sent_at"], name="portal_notification_address"),
        ]

    def __str__(self):
        return f"{self.get_event_display()} → {self.email}"

    def save(self, *args, **kwargs):
        self.give_up_at = self.give_up_at or self.created_at + RETRY_PERIOD
        super().save(*args, **kwargs)

    @property
    def is_secret(self) -> bool:
        """Whether the mail holds a code."""
        return self.event in SECRET_EVENTS

    @property
    def email(self) -> str:
        """Where the mail goes."""
        if self.recipient is None or self.address:
            return self.address
        return getattr(self.recipient, self.recipient.get_email_field_name())
