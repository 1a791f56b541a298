"""The audit log of tickets: Wagtail's mechanism in a table of its own.

Wagtail's shared table has no index by ticket, and tickets would drown the log of the site's pages.
The table isn't registered with Wagtail, whose site history shows a log to everyone with any
permission on the model, even for tickets that they can't see.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models.audit_log import BaseLogEntry, BaseLogEntryManager

from wagtail_portal.utils import held_tickets

from .statuses import Status
from .tickets import Ticket


class TicketLogEntryManager(BaseLogEntryManager):
    def log_action(
        self, instance: Any, action: Any, *, timestamp: Any = None, data: Any = None, **kwargs: Any
    ) -> Any:
        """Log an action on the ticket ``instance``."""
        entry = self.model(
            ticket=instance,
            action=action,
            timestamp=timestamp or timezone.now(),
            data=data or {},
            **kwargs,
        )
        entry.full_clean()
        if not held_tickets.create_later([entry]):
            entry.save()
        return entry

    def for_instance(self, instance: Any) -> Any:
        """Return the entries of one ticket."""
        return self.filter(ticket=instance)


class TicketLogEntry(BaseLogEntry):
    """One thing that happened to a ticket.

    A ticket has several of them, so it has only the columns and indexes of Wagtail's entries that
    are used here.
    """

    # As in Wagtail's own logs, an entry outlives its ticket.
    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="log_entries",
        db_index=False,
    )
    action = models.CharField(max_length=255)
    timestamp = models.DateTimeField(verbose_name=_("timestamp (UTC)"))
    #: Who did it. Their texts are erased with them, so it has an index.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    content_type = label = uuid = revision = content_changed = deleted = None

    #: The primary key of the newest message at that time, after which it's shown.
    position = models.PositiveBigIntegerField(default=0)

    #: The name of an agent whose user account was deleted.
    former_user = models.CharField(max_length=200, blank=True, default="")

    objects = TicketLogEntryManager()

    class Meta:
        ordering = ["-timestamp"]
        verbose_name = _("ticket log entry")
        verbose_name_plural = _("ticket log entries")
        indexes = [models.Index(fields=["ticket", "position"], name="portal_log_ticket")]

    def __str__(self) -> str:
        return f"{self.action} #{self.ticket_id}"

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Check only the action: checking the relations would cost three queries."""
        self.clean()

    @property
    def user_display_name(self) -> Any:
        """The name of whoever did it, even if their user account was deleted."""
        return self.former_user or super().user_display_name

    @property
    def object_id(self) -> Any:
        """The ticket's primary key, as Wagtail's reports name it."""
        return self.ticket_id

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """All statuses by key. Entries of a list share them: see :func:`share_statuses`."""
        return Status.objects.in_bulk(field_name="key")


def share_statuses(entries: Any, statuses: Any) -> None:
    """Give log entries the statuses that their texts name, so that they needn't be queried.

    :param statuses: all statuses.
    """
    by_key = {status.key: status for status in statuses}
    for entry in entries:
        entry.statuses = by_key
