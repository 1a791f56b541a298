"""The audit log of tickets: Wagtail's mechanism in a table of its own.

A ticket's timeline reads it by ticket, which the shared table has no index for; the volume would
drown the log of the site's content; and Wagtail's report of the site's history shows a log to all
who hold any permission on the model, whatever they may see of a single ticket. Wagtail is
therefore not told of this table: actions write to it, and the screens of tickets read it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models.audit_log import BaseLogEntry, BaseLogEntryManager

from .tickets import Ticket


class TicketLogEntryManager(BaseLogEntryManager):
    def log_action(self, instance, action, **kwargs):
        """As Wagtail's, for the ticket ``instance``."""
        return super().log_action(instance, action, ticket=instance, **kwargs)

    def for_instance(self, instance):
        """The entries of one ticket."""
        return self.filter(ticket=instance)


class TicketLogEntry(BaseLogEntry):
    """One thing that happened to a ticket."""

    # As in Wagtail's own logs: an entry outlives what it speaks of.
    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="log_entries",
        db_index=False,
    )

    objects = TicketLogEntryManager()

    class Meta(BaseLogEntry.Meta):
        verbose_name = _("ticket log entry")
        verbose_name_plural = _("ticket log entries")
        indexes = [
            models.Index(fields=["ticket", "timestamp", "id"], name="portal_log_ticket"),
        ]

    def full_clean(self, *args, **kwargs):
        """Only whether the action is known: asking the database for each relation that was just
        written would cost every action three queries."""
        self.clean()

    @property
    def object_id(self):
        """The ticket's primary key, under the name that Wagtail's reports use."""
        return self.ticket_id
