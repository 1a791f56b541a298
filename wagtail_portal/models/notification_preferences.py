"""Notification preferences of members and agents."""

from datetime import datetime, time, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_portal.events import Event, Frequency
from wagtail_portal.utils.timezones import find_time_zone

from .members import Member
from .tickets import Ticket

#: The hour in the recipient's time zone at which digests are sent.
DIGEST_HOUR = 7


class NotificationPreferencesQuerySet(models.QuerySet):
    def of(self, *, members: Any, agents: Any, watched_tickets: Any = ()) -> Self:
        """Return the preferences of these people in one query.

        :param members: primary keys of members.
        :param agents: primary keys of users.
        :param watched_tickets: adds everyone who watches all tickets and may see one of these.
        """
        wanted = Q(member__in=members) | Q(agent__in=agents)
        if watched_tickets:
            wanted |= Q(watches=True, member=None)
        if seen := {row.organization_id for row in watched_tickets if not row.private}:
            wanted |= Q(watches=True, member__organization__in=seen)
        return self.filter(wanted).select_related(
            "agent", "member__user__portal_profile", "member__role"
        )


class NotificationPreferences(models.Model):
    """What a member or an agent has chosen. There's no row until they choose something."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, null=True, related_name="notification_preferences"
    )
    agent = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    #: A ``Frequency`` for each event key.
    choices = models.JSONField(default=dict, blank=True)
    #: Whether to notify of all visible tickets, and not only those the person takes part in.
    watches = models.BooleanField(default=False, db_index=True)

    objects = NotificationPreferencesQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("notification preferences")
        verbose_name_plural = _("notification preferences")

    def __str__(self) -> str:
        return str(self.member or self.agent)

    def watches_ticket(self, ticket: Ticket) -> bool:
        """Return whether they watch all tickets and may see this one."""
        if not self.watches or self.member is None:
            return self.watches
        return not ticket.private and self.member.organization_id == ticket.organization_id


def frequency_of(
    event: Event, preferences: NotificationPreferences | None, *, to_team: bool
) -> Frequency:
    """Return how often someone with these preferences is notified of ``event``."""
    preference = event.preference(to_team=to_team)
    if preference is None:
        return Frequency.AT_ONCE
    chosen = preferences.choices.get(event.key) if preferences else None
    frequency = Frequency(chosen) if chosen and chosen in Frequency else preference.default
    if frequency == Frequency.DAILY and event.digest_lines is None:
        return Frequency.AT_ONCE
    return frequency


def next_digest(now: datetime, time_zone: str = "") -> datetime:
    """Return when the next digest is due in this time zone."""
    local = timezone.localtime(now, find_time_zone(time_zone))
    due = datetime.combine(local.date(), time(DIGEST_HOUR), local.tzinfo)
    return due if due > now else due + timedelta(days=1)
