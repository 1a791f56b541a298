"""Which mails somebody wants, and when."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.timezones import find_time_zone

from .members import Member
from .notifications import Event
from .roles import TicketScope


class When(models.TextChoices):
    """When somebody is told of something."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("In a daily summary")
    NEVER = "never", _("Never")


#: The events that a member can choose for, and what holds for who has not chosen.
MEMBER_EVENTS = {
    Event.TICKET_OPENED: When.AT_ONCE,
    Event.REPLY_ADDED: When.AT_ONCE,
    Event.STATUS_CHANGED: When.AT_ONCE,
    Event.FIELDS_CHANGED: When.DAILY,
    Event.SATISFACTION_ASKED: When.AT_ONCE,
    Event.JOIN_REQUESTED: When.AT_ONCE,
}
#: Of these nobody hears in a summary, which speaks of tickets.
NOT_IN_DIGEST = {Event.JOIN_REQUESTED}
#: The same for one of the team.
AGENT_EVENTS = {
    Event.TICKET_OPENED: When.AT_ONCE,
    Event.REPLY_ADDED: When.AT_ONCE,
    Event.TICKET_ASSIGNED: When.AT_ONCE,
    Event.AGENTS_MENTIONED: When.AT_ONCE,
    Event.STATUS_CHANGED: When.NEVER,
    Event.FIELDS_CHANGED: When.NEVER,
}
#: The hour of the recipient's day at which summaries are sent.
SUMMARY_HOUR = 7


class NotificationPreferencesQuerySet(models.QuerySet):
    def about(self, ticket, *, members, agents):
        """The preferences of these people, and of all who watch every ticket that they may see,
        in one query.

        :param members: primary keys of members.
        :param agents: primary keys of users.
        """
        asked = Q(member__in=members) | Q(agent__in=agents) | Q(watches=True, member=None)
        if not ticket.private:
            asked |= Q(watches=True, member__organization=ticket.organization_id)
        return self.filter(asked).select_related(
            "agent", "member__user__portal_profile", "member__role"
        )


class NotificationPreferences(models.Model):
    """What a member, or one of the team, has chosen. Who has not chosen has no row."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, null=True, related_name="notification_preferences"
    )
    agent = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    #: By event, a ``When``.
    choices = models.JSONField(default=dict, blank=True)
    #: Whether to tell of tickets, too, in which the person takes no part.
    watches = models.BooleanField(default=False, db_index=True)

    objects = NotificationPreferencesQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("mail preferences")
        verbose_name_plural = _("mail preferences")

    def __str__(self):
        return str(self.member or self.agent)

    @property
    def may_watch(self) -> bool:
        """Whether the person may see tickets in which they take no part."""
        return self.member is None or self.member.role.tickets == TicketScope.ORGANIZATION


def when(event: str, preferences: NotificationPreferences | None, *, to_team: bool) -> When:
    """When somebody with these preferences is told of ``event``."""
    defaults = AGENT_EVENTS if to_team else MEMBER_EVENTS
    default = defaults.get(event, When.AT_ONCE)
    chosen = preferences.choices.get(event) if preferences else None
    return When(chosen) if chosen in When.values and event in defaults else default


def next_digest(now: datetime, time_zone: str = "") -> datetime:
    """When the next summary is due for somebody in this time zone."""
    local = timezone.localtime(now, find_time_zone(time_zone))
    due = datetime.combine(local.date(), time(SUMMARY_HOUR), local.tzinfo)
    return due if due > now else due + timedelta(days=1)
