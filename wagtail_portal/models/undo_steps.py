"""What an agent did to a ticket a moment ago, and how it was before."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .background_runs import BulkChange
from .messages import Message
from .tickets import Ticket


class UndoStepQuerySet(models.QuerySet):
    def open_for(self, user: Any, now: datetime | None = None) -> "UndoStepQuerySet":
        """Return what ``user`` can still undo."""
        is_open = Q(message__isnull=False) | Q(bulk_change__isnull=False)
        return self.filter(is_open, user=user, expires_at__gt=now or timezone.now())


class UndoStep(models.Model):
    """One reply, or one ticket of a bulk change, that can be undone for a while."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    #: The reply or the note that was added; empty if there's none.
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, null=True, related_name="undo_step"
    )
    #: The bulk change that it's part of.
    bulk_change = models.ForeignKey(
        BulkChange, on_delete=models.CASCADE, null=True, related_name="undo_steps"
    )
    #: The batch of the emails that are held back.
    batch = models.UUIDField(null=True)
    #: Attributes of the ticket before and afterwards, as plain values.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    #: Primary keys of the log entries that were written.
    entries = models.JSONField(default=list)
    #: What the composer needs to show the message again, as lists of texts by name.
    form = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    objects = UndoStepQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("undo step")
        verbose_name_plural = _("undo steps")
        default_permissions = ()
        indexes = [models.Index(fields=["user", "expires_at"], name="portal_undo_user")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user_id}"

    @property
    def is_open(self) -> bool:
        """Whether it hasn't been undone yet. Afterwards, it holds the text of the reply."""
        return self.message_id is not None or self.bulk_change_id is not None
