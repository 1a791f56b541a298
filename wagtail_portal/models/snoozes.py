"""Tickets that are on hold until a time, or until the customer replies."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .tickets import Ticket


class WakeReason(models.TextChoices):
    """Why a snoozed ticket came back."""

    TIME = "time", _("Snooze is over")
    REPLY = "reply", _("Customer replied")
    AGENT = "agent", _("Snooze was ended")


class SnoozeQuerySet(models.QuerySet):
    def active(self) -> "SnoozeQuerySet":
        """Return the snoozes of tickets that haven't come back yet."""
        return self.filter(woken_at=None)

    def due(self, now: datetime) -> "SnoozeQuerySet":
        """Return active snoozes whose time has come, the longest waiting first."""
        return self.active().filter(until__lte=now).order_by("until", "pk")


class Snooze(models.Model):
    """One ticket's snooze. Once the ticket has come back, it says why, until the team acts."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="snooze")
    #: Empty until the customer replies.
    until = models.DateTimeField(_("until"), null=True, blank=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    #: When the ticket came back, and why.
    woken_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=WakeReason, blank=True)

    objects = SnoozeQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("snooze")
        verbose_name_plural = _("snoozes")
        default_permissions = ()
        indexes = [models.Index(fields=["woken_at", "until"], name="portal_snooze_due")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.until}"

    @property
    def is_active(self) -> bool:
        """Whether the ticket hasn't come back yet."""
        return self.woken_at is None


def snooze_of(ticket: Ticket) -> Snooze | None:
    """Return the snooze of a ticket, or None. No query if it was loaded with the ticket."""
    return getattr(ticket, "snooze", None)
