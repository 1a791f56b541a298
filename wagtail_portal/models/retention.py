"""Which tickets have been kept long enough."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from .log import TicketLogEntry
from .messages import Attachment
from .settings import PortalSettings
from .tickets import Ticket

MONTH = timedelta(days=365.25 / 12)


@dataclass(frozen=True)
class Retention:
    """What to do with the closed tickets of one site, by the numbers of months in its
    :class:`PortalSettings`, saved or not.

    Tickets of organizations under legal hold are in none of the querysets.
    """

    settings: PortalSettings
    now: datetime | None = None

    def to_delete(self) -> QuerySet:
        """Return the tickets to delete."""
        return self._closed_for(self.settings.delete_months)

    def to_anonymize(self) -> QuerySet:
        """Return the tickets to anonymize, also those in which someone has written since, once that
        was as long ago."""
        months = self.settings.anonymize_months
        again = Q(team_updated_at__gt=F("anonymized_at"), team_updated_at__lt=self._before(months))
        found = self._closed_for(months).filter(Q(anonymized_at=None) | again)
        return self._kept(found)

    def with_old_files(self) -> QuerySet:
        """Return the tickets whose attachments are to be deleted."""
        of_message = Attachment.objects.filter(message__ticket=OuterRef("pk"))
        of_field = Attachment.objects.filter(ticket=OuterRef("pk"))
        found = self._closed_for(self.settings.attachments_months)
        return self._kept(found.filter(Exists(of_message) | Exists(of_field)))

    def with_old_history(self) -> QuerySet:
        """Return the tickets whose log entries are to be deleted."""
        entries = TicketLogEntry.objects.filter(ticket=OuterRef("pk"))
        return self._kept(self._closed_for(self.settings.log_months).filter(Exists(entries)))

    def _kept(self, tickets: QuerySet) -> QuerySet:
        """Return those of ``tickets`` that aren't deleted anyway."""
        return tickets.exclude(pk__in=self.to_delete().order_by().values("pk"))

    def _before(self, months: int | None) -> datetime:
        return (self.now or timezone.now()) - (months or 0) * MONTH

    def _closed_for(self, months: int | None) -> QuerySet:
        if not months:
            return Ticket.objects.none()
        held, before = Q(organization__legal_hold=True), self._before(months)
        found = Ticket.objects.closed().filter(site=self.settings.site, closed_at__lt=before)
        return found.exclude(held).order_by("closed_at", "pk")
