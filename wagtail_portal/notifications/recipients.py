"""Who is told of an event, and when, minus whoever did it."""

from dataclasses import dataclass, replace

from django.contrib.auth import get_user_model

from wagtail_portal.models import (
    Event,
    Member,
    Notification,
    NotificationPreferences,
    PortalSettings,
    Profile,
    Ticket,
    When,
    profile_of,
    when,
)
from wagtail_portal.permissions import Actor, Verb

#: What customers are told of at all.
FOR_CUSTOMERS = {
    Event.TICKET_OPENED,
    Event.REPLY_ADDED,
    Event.STATUS_CHANGED,
    Event.FIELDS_CHANGED,
}
#: What waits for somebody, and must not wait unseen because nobody looks after it yet.
FOR_GROUPS = {Event.TICKET_OPENED, Event.REPLY_ADDED, Event.TICKET_ASSIGNED}


@dataclass(frozen=True)
class Recipient:
    """A user, told either as a customer or as one of the team; or a mailbox of the team."""

    user: object = None
    member: Member | None = None
    address: str = ""
    to_team: bool = False
    when: When = When.AT_ONCE
    time_zone: str = ""

    @property
    def email(self) -> str:
        """Where the mail goes."""
        if self.user is None:
            return self.address
        return getattr(self.user, self.user.get_email_field_name())


def recipients(
    event: Event, ticket: Ticket, by, *, followers=None, tell=(), agents=(), customers=True
) -> list[Recipient]:
    """The people to tell of ``event``, each once.

    :param followers: those of a new ticket, where they need not be asked for.
    :param tell: further addresses of the team.
    :param agents: who of the team is meant in person.
    :param customers: whether customers may know of it.
    """
    found: dict[int, Recipient] = {}
    muted: set[int] = set()
    if customers and event in FOR_CUSTOMERS:
        if followers is None:
            muted = set(ticket.mutes.values_list("member_id", flat=True))
            links = ticket.follower_links.select_related("member__user", "member__role")
            followers = [link.member for link in links]
        for member in _taking_part(ticket, followers, muted):
            found.setdefault(member.user_id, Recipient(member.user, member))
    if event == Event.SATISFACTION_ASKED:
        # The one who asked is the one who is asked.
        muted = set(ticket.mutes.values_list("member_id", flat=True))
        for member in _taking_part(ticket, [], muted):
            if not member.is_visitor:
                found[member.user_id] = Recipient(member.user, member)
    for user in [*agents, *_team(event, ticket, by)]:
        if user is not None:
            found.setdefault(user.pk, Recipient(user, to_team=True))
    told = _by_preference(event, ticket, found, muted, watched=customers)
    if by.user is not None and by.user.pk in told:
        confirms = event == Event.TICKET_OPENED and not by.is_team
        if not (confirms and told[by.user.pk].member == _requester(ticket)):
            del told[by.user.pk]
    addresses = list(tell)
    is_new = event == Event.TICKET_OPENED
    unseen = is_new or (event == Event.REPLY_ADDED and ticket.assignee_id is None)
    if unseen and not by.is_team:
        # Nothing may wait unseen because nobody looks after it yet.
        addresses.append(PortalSettings.of_site(ticket.site).team_address)
    return [*told.values(), *_mailboxes(addresses, told.values())]


def _by_preference(event, ticket, found, muted, *, watched) -> dict[int, Recipient]:
    """Those who want to be told, and those who watch."""
    members = [row.member.pk for row in found.values() if row.member]
    agents = [pk for pk, row in found.items() if row.to_team]
    rows = list(NotificationPreferences.objects.about(ticket, members=members, agents=agents))
    chosen = {}
    for row in rows:
        user = row.member.user if row.member else row.agent
        chosen[(row.member_id, row.agent_id)] = row
        if user.pk in found or not row.watches or not row.may_watch:
            continue
        if event not in FOR_CUSTOMERS or (row.member and not watched):
            continue
        if row.member is None or (row.member_id not in muted and user.is_active):
            found[user.pk] = Recipient(user, row.member, to_team=row.member is None)
    told = {}
    for pk, row in found.items():
        key = (row.member.pk, None) if row.member else (None, pk)
        preferences = chosen.get(key)
        moment = when(event, preferences, to_team=row.to_team)
        if moment != When.AT_ONCE and row.member and preferences is None:
            # Visitors choose nothing, and hear nothing otherwise.
            moment = When.AT_ONCE if ticket.organization.is_for_visitors else moment
        if moment != When.NEVER:
            told[pk] = replace(row, when=moment)
    return _with_zones(told, {row.member.user_id: row for row in rows if row.member})


def _with_zones(told, preferences) -> dict[int, Recipient]:
    """Customers who wait for a summary wait for their own morning."""
    waiting = [pk for pk, row in told.items() if row.member and row.when == When.DAILY]
    # The profile came with the preferences, of those who have any.
    zones = {pk: profile_of(row.member.user).time_zone for pk, row in preferences.items()}
    if missing := [pk for pk in waiting if pk not in zones]:
        chosen = Profile.objects.filter(user__in=missing)
        zones |= dict(chosen.values_list("user", "time_zone"))
    return told | {pk: replace(told[pk], time_zone=zones.get(pk, "")) for pk in waiting}


def _team(event, ticket, by) -> list:
    """Who of the team looks after the ticket."""
    if event not in FOR_CUSTOMERS:
        return []
    if ticket.assignee_id is not None:
        return [ticket.assignee]
    if ticket.group_id is not None and event in FOR_GROUPS and not by.is_team:
        return list(group_members(ticket.group_id))
    return []


def group_members(group_id: int):
    """The users of a group of agents."""
    return get_user_model().objects.filter(groups=group_id, is_active=True).order_by("pk")


def _mailboxes(addresses, told) -> list[Recipient]:
    """The team's mailboxes, each once, but for one that is an agent's who is told already."""
    agents = {recipient.email.lower() for recipient in told if recipient.to_team}
    fresh = {address.lower(): address for address in addresses if address}
    return [
        Recipient(address=address, to_team=True)
        for key, address in fresh.items()
        if key not in agents
    ]


def may_still_hear(notification: Notification) -> bool:
    """Whether the recipient may read the ticket now: a mail can be sent long after the event."""
    user, ticket, member = notification.recipient, notification.ticket, notification.member
    if notification.invitation is not None:
        invitation = notification.invitation
        return invitation.accepted_at is None and invitation.withdrawn_at is None
    if notification.event == Event.JOIN_REQUESTED and member is not None:
        return user.is_active and member.role.manages_members
    if ticket is None or user is None:
        return True
    if notification.to_team:
        return Actor.for_agent(user).may(Verb.VIEW, ticket)
    if member is None or ticket.mutes.filter(member=member).exists():
        return False
    if member.is_visitor:
        # They have no access, and are answered by mail alone.
        return ticket.requester_id == member.pk
    return user.is_active and Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists()


def _taking_part(ticket: Ticket, followers, muted) -> list[Member]:
    """Requester and followers who may still read the ticket, and have not muted it: mail
    follows ``visible_to``."""
    # Both are the same rule for a requester and a follower: they take part, so they see it
    # as long as their role gives access.
    return [
        member
        for member in [_requester(ticket), *followers]
        if member.pk not in muted
        and member.organization_id == ticket.organization_id
        # A visitor has no access, and is answered by mail alone.
        and ((member.role.gives_access and member.user.is_active) or member.is_visitor)
    ]


def _requester(ticket: Ticket) -> Member:
    # Who has just sent a form is loaded already, with user and role.
    if Ticket.requester.is_cached(ticket):
        return ticket.requester
    requester = Member.objects.select_related("user", "role", "organization").get(
        pk=ticket.requester_id
    )
    ticket.requester = requester
    return requester
