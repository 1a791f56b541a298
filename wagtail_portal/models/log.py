"""The audit log of tickets: Wagtail's mechanism in a table of its own.

Wagtail's shared table has no index by ticket, and tickets would drown the log of the site's pages.
The table isn't registered with Wagtail, whose site history shows a log to everyone with any
permission on the model, even for tickets that they can't see.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models.audit_log import BaseLogEntry, BaseLogEntryManager

from .tickets import Ticket


class TicketLogEntryManager(BaseLogEntryManager):
    def log_action(self, instance, action, **kwargs):
        """Log an action on the ticket ``instance``."""
        return super().log_action(instance, action, ticket=instance, **kwargs)

    def for_instance(self, instance):
        """Return the entries of one ticket."""
        return self.filter(ticket=instance)


class TicketLogEntry(BaseLogEntry):
    """One thing that happened to a ticket."""

    # As in Wagtail's own logs, an entry outlives its ticket.
    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="log_entries",
        db_index=False,
    )

    #: The primary key of the newest message at that time, after which it's shown.
    position = models.PositiveBigIntegerField(default=0)

    objects = TicketLogEntryManager()

    class Meta(BaseLogEntry.Meta):
        verbose_name = _("ticket log entry")
        verbose_name_plural = _("ticket log entries")
        indexes = [
            models.Index(fields=["ticket", "position", "id"], name="portal_log_ticket"),
        ]

    def full_clean(self, *args, **kwargs):
        """Check only the action: checking the relations would cost three queries."""
        self.clean()

    @property
    def object_id(self):
        """The ticket's primary key, as Wagtail's reports name it."""
        return self.ticket_id
