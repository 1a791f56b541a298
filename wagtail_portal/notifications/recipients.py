"""Who is notified: the rules that events name as their recipients, and people's preferences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from wagtail.models import Site

from wagtail_portal import conf
from wagtail_portal.events import Event, Frequency, get_event
from wagtail_portal.models import (
    Guest,
    Member,
    Mute,
    Notification,
    Organization,
    PortalSettings,
    Ticket,
    frequency_of,
    guests_of,
    profile_of,
)
from wagtail_portal.permissions import (
    Actor,
    Verb,
    has_access,
    sees_organization,
    sees_ticket,
)
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.typing import User

from .agents import assignee_of, can_be_reached
from .lookups import (
    members_of_group,
    muted_by,
    participants_of,
    preferences_of,
    time_zones_of,
)


@dataclass(frozen=True)
class Recipient:
    """A user, notified either as a customer or as an agent; or a mailbox of the team."""

    user: User = None
    member: Member | None = None
    email: str = ""
    to_team: bool = False
    frequency: Frequency = Frequency.AT_ONCE
    time_zone: str = ""
    #: If it isn't in a profile.
    language: str = ""

    @property
    def to(self) -> str:
        """The email address that the notification is sent to."""
        if self.user is None:
            return self.email
        return getattr(self.user, self.user.get_email_field_name())


@dataclass
class Occasion:
    """One occurrence of an event: what the rules decide by."""

    event: Event
    by: Actor
    site: Site
    ticket: Ticket | None = None
    organization: Organization | None = None
    #: Followers of a new ticket, which saves a query for them; None otherwise.
    followers: Sequence[Member] | None = None
    #: Members, and agents, who are concerned in person.
    members: Sequence[Member] = ()
    agents: Sequence = ()
    #: Further email addresses of the team.
    team_emails: Sequence[str] = ()
    #: Addresses to which the team sends a copy. They aren't customers, and see nothing else.
    copies: Sequence[str] = ()
    #: Whether customers may know of it.
    customers: bool = True
    #: A member who is notified of something else instead.
    exclude: Member | None = None

    @property
    def of_ticket(self) -> Ticket:
        """The ticket, for rules of events that are always about one."""
        return cast(Ticket, self.ticket)

    @cached_property
    def participants(self) -> list[Member]:
        """The requester and the followers of the ticket, with user and role."""
        if self.followers is not None:
            return [self.requester, *self.followers]
        return participants_of(self.of_ticket)

    @cached_property
    def _muted(self) -> set[int]:
        return muted_by(self.of_ticket)

    def is_muted_by(self, member: Member) -> bool:
        """Return whether a member has muted the ticket. No one has muted a new one."""
        if self.followers is not None:
            return False
        loaded = getattr(member, "has_muted", None)
        return member.pk in self._muted if loaded is None else loaded

    @cached_property
    def assignee(self) -> Any:
        """The agent the ticket is assigned to; None if emails to them would reach no one."""
        ticket = self.of_ticket
        agent = assignee_of(ticket)
        return agent if agent is not None and can_be_reached(agent, ticket) else None

    @cached_property
    def group(self) -> list:
        """The users in the assigned group; none if emails to them would reach no one."""
        ticket = self.of_ticket
        if ticket.group_id is None:
            return []
        users = members_of_group(ticket.group_id, ticket)
        return users if any(can_be_reached(user, ticket) for user in users) else []

    @cached_property
    def requester(self) -> Member:
        """The requester of the ticket, with user and role."""
        ticket = self.of_ticket
        if not Ticket.requester.is_cached(ticket):
            members = Member.objects.select_related("user", "role", "organization")
            ticket.requester = members.get(pk=ticket.requester_id)
        return ticket.requester


def _no_visitors(members: Iterable[Member]) -> list[Member]:
    return [member for member in members if not member.is_visitor]


# -- Rules: who is notified by default -----------------------------------------------------------


def participants(occasion: Occasion) -> list[Recipient]:
    """Return the requester and the followers of the ticket."""
    return _customers(occasion, occasion.participants) if occasion.customers else []


def guests(occasion: Occasion) -> list[Recipient]:
    """Return the people outside of the organization who have access to the ticket, and have
    verified their address."""
    if not occasion.customers:
        return []
    insiders = Member.objects.filter(organization=occasion.of_ticket.organization_id)
    if not getattr(occasion.participants[0], "has_guests", True):
        return []
    rows = guests_of(occasion.of_ticket).exclude(member=None)
    rows = rows.exclude(member__user__in=insiders.order_by().values("user"))
    return [
        Recipient(row.member.user, row.member, language=row.language)
        for row in rows.select_related("member__organization", "member__role")
        if row.member.user.is_active
    ]


def requester(occasion: Occasion) -> list[Recipient]:
    """Return the requester of the ticket, unless they're a visitor."""
    return _customers(occasion, _no_visitors([occasion.requester]))


def concerned_members(occasion: Occasion) -> list[Recipient]:
    """Return the members who are concerned in person: added as a follower, the new requester.
    Visitors get replies alone."""
    return _customers(occasion, _no_visitors(occasion.members))


def new_member(occasion: Occasion) -> list[Recipient]:
    """Return the members who are concerned in person, where there's no ticket."""
    return [Recipient(member.user, member) for member in occasion.members]


def managers(occasion: Occasion) -> list[Recipient]:
    """Return everyone who manages the members of the organization."""
    members = Member.objects.managers().filter(organization=occasion.organization)
    members = members.select_related("user", "role").order_by("pk")
    return [Recipient(member.user, member) for member in members]


def managers_or_team(occasion: Occasion) -> list[Recipient]:
    """Return the managers, or the team's mailbox for an organization without any."""
    return managers(occasion) or _mailboxes([PortalSettings.cached(occasion.site).team_address])


def concerned_agents(occasion: Occasion) -> list[Recipient]:
    """Return the agents who are concerned in person: assigned, mentioned."""
    return [Recipient(user, to_team=True) for user in occasion.agents]


def operators(occasion: Occasion) -> list[Recipient]:
    """Return the addresses in ``ALERT_EMAILS``, or else in Django's ``ADMINS``."""
    # Before Django 6.0, the entries of ``ADMINS`` have a name, too.
    admins = [row if isinstance(row, str) else row[1] for row in settings.ADMINS]
    return _mailboxes(conf.ALERT_EMAILS or admins)


def assignee(occasion: Occasion) -> list[Recipient]:
    """Return the agent the ticket is assigned to, as long as they're on the team."""
    return [] if occasion.assignee is None else [Recipient(occasion.assignee, to_team=True)]


def assignee_or_group(occasion: Occasion) -> list[Recipient]:
    """Return the assignee, or the assigned group if a customer waits and there's no assignee, or
    none who is still on the team."""
    if occasion.assignee is not None or occasion.by.is_team:
        return assignee(occasion)
    return [Recipient(user, to_team=True) for user in occasion.group]


def team_mailbox(occasion: Occasion) -> list[Recipient]:
    """Return further addresses of the team, and its mailbox if a customer caused the event."""
    emails = list(occasion.team_emails)
    if not occasion.by.is_team:
        emails.append(PortalSettings.cached(occasion.site).team_address)
    return _mailboxes(emails)


def team_mailbox_if_unassigned(occasion: Occasion) -> list[Recipient]:
    """Return the mailboxes of the team as long as the ticket has no assignee, or none who is still
    on the team."""
    return team_mailbox(occasion) if occasion.assignee is None else []


def copied(occasion: Occasion) -> list[Recipient]:
    """Return the addresses to which the team sends a copy of a reply."""
    return [Recipient(email=email) for email in occasion.copies]


#: Everyone who is concerned with the ticket anyway.
TAKING_PART = (participants, assignee_or_group)


def _mailboxes(emails: Any) -> list[Recipient]:
    return [Recipient(email=email, to_team=True) for email in emails if email]


def _customers(occasion: Any, members: Any) -> list[Recipient]:
    """Return those who may see the ticket and haven't muted it. They take part in it, so they see
    it as long as their role gives access. Visitors are answered by email alone."""
    return [
        Recipient(member.user, member)
        for member in members
        if not occasion.is_muted_by(member)
        and member.organization_id == occasion.ticket.organization_id
        and (has_access(member) or member.is_visitor)
    ]


# -- Preferences ---------------------------------------------------------------------------------


def recipients_of(occasion: Occasion) -> list[Recipient]:
    """Return everyone to notify, each once, and never the person who caused the event."""
    people: dict[int, Recipient] = {}
    mailboxes: dict[str, Recipient] = {}
    for rule in occasion.event.recipients:
        for row in rule(occasion):
            if row.user is None:
                mailboxes[row.to.lower()] = row
            else:
                people.setdefault(row.user.pk, row)
    chosen = _by_preference(occasion, people)
    by = occasion.by
    if by.user is not None and by.user.pk in chosen:
        confirms = occasion.event.opens_ticket and not by.is_team
        if not (confirms and chosen[by.user.pk].member == occasion.requester):
            del chosen[by.user.pk]
    # A mailbox that belongs to someone who is notified anyway gets no second email.
    agents = {row.to.lower() for row in chosen.values() if row.to_team}
    everyone = {row.to.lower() for row in chosen.values()}
    return [
        *(row for row in chosen.values() if not row.member or row.member != occasion.exclude),
        *(
            row
            for key, row in mailboxes.items()
            if key not in (agents if row.to_team else everyone)
        ),
    ]


def _by_preference(occasion: Any, people: Any) -> dict[int, Recipient]:
    """Return those who want to be notified, with everyone who watches all tickets."""
    event, ticket = occasion.event, occasion.ticket
    rows = preferences_of(
        ticket,
        [row.member.pk for row in people.values() if row.member],
        [pk for pk, row in people.items() if row.to_team],
        watched=event.notifies_watchers,
    )
    preferences = {(row.member_id, row.agent_id): row for row in rows}
    if event.notifies_watchers:
        watchers = _watchers(occasion, preferences.values())
        people = people | {pk: row for pk, row in watchers.items() if pk not in people}
    found = {}
    for pk, row in people.items():
        key = (row.member.pk, None) if row.member else (None, pk)
        frequency = frequency_of(event, preferences.get(key), to_team=row.to_team)
        if ticket is None:
            # Digests are about tickets.
            frequency = Frequency.AT_ONCE if frequency == Frequency.DAILY else frequency
        elif row.member and key not in preferences and ticket.organization.is_for_visitors:
            # Visitors can't choose, and get no other email.
            frequency = Frequency.AT_ONCE
        if frequency != Frequency.NEVER:
            found[pk] = replace(row, frequency=frequency)
    profiles = [row.member.user for row in preferences.values() if row.member]
    known = {user.pk: profile_of(user).time_zone for user in profiles}
    return _with_time_zones(ticket, found, known)


def _watchers(occasion: Any, preferences: Any) -> dict[int, Recipient]:
    """Return those who watch all tickets. Customers only if they may know of the event."""
    found: dict = {}
    for row in preferences:
        member = row.member
        if not row.watches:
            continue
        if member is None:
            found.setdefault(row.agent_id, Recipient(row.agent, to_team=True))
        elif occasion.customers and not occasion.is_muted_by(member) and sees_organization(member):
            found.setdefault(member.user_id, Recipient(member.user, member))
    return found


def _with_time_zones(ticket: Any, people: Any, time_zones: Any) -> dict[int, Recipient]:
    """Add the time zone of customers who wait for a digest: it comes in their own morning."""
    waiting = [pk for pk, row in people.items() if row.member and row.frequency == Frequency.DAILY]
    # Profiles of people with preferences are loaded already.
    if missing := [pk for pk in waiting if pk not in time_zones]:
        time_zones = time_zones_of(ticket, missing) | time_zones
    return people | {pk: replace(people[pk], time_zone=time_zones.get(pk, "")) for pk in waiting}


# -- When the email is sent ----------------------------------------------------------------------


def may_receive(notification: Notification) -> bool:
    """Return whether the recipient may know of it now: emails can be sent long after the event."""
    user, ticket, member = notification.recipient, notification.ticket, notification.member
    rule = get_event(notification.event).may_receive
    if rule is not None:
        return rule(notification)
    if user is None:
        return True
    if ticket is None:
        return has_access(member) if member else user.is_active
    if notification.to_team:
        return Actor.for_agent(user).may(Verb.VIEW, ticket)
    if member is None:
        return False
    # Visitors have no access, and are answered by email alone.
    is_answered = member.is_visitor and ticket.requester_id == member.pk
    if not is_answered and not (user.is_active and sees_ticket(member, ticket)):
        return False
    return not _mute(ticket.pk, member.pk)


@prepared
def _mute(ticket_pk: int, member_pk: int) -> Any:
    return Mute.objects.filter(ticket=ticket_pk, member=member_pk).order_by().values_list("pk")


def manages_members(notification: Notification) -> bool:
    """Return whether the recipient still manages the members, or is a mailbox of the team."""
    member = notification.member
    return member is None or Actor.for_member(member).may(Verb.CHANGE_MEMBER)


def has_guest(notification: Notification) -> bool:
    """Return whether the ticket is still shared with the recipient of its link."""
    number = notification.data.get("number")
    waiting = Guest.objects.active().filter(ticket__number=number, email=notification.email)
    return waiting.exists()


def has_open_invitation(notification: Notification) -> bool:
    """Return whether the invitation was neither accepted nor withdrawn."""
    invitation = notification.invitation
    if invitation is None:
        return False
    return invitation.accepted_at is None and invitation.withdrawn_at is None
