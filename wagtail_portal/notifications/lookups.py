"""What the rules for recipients read of a ticket; in a bulk change, of all its tickets at once."""

from typing import Any

from django.db.models import Exists, OuterRef

from wagtail_portal.models import (
    Follower,
    Member,
    Mute,
    NotificationPreferences,
    Profile,
    Ticket,
    guests_of,
)
from wagtail_portal.utils import held_tickets
from wagtail_portal.utils.prepared import prepared

from .agents import group_members

#: What's read of members together with them.
RELATED = ("user", "role", "organization")


def participants_of(ticket: Ticket) -> list[Member]:
    """Return the requester and the followers of a ticket, with user and role, and set its
    requester. Except in a bulk change, they have the attributes ``has_muted``, and ``has_guests``
    of the ticket."""
    if held_tickets.bulk_of(ticket):
        found = held_tickets.shared("participants", ticket, _load_participants)[ticket.pk]
    else:
        found = _participants(ticket.pk)
    ticket.requester = next(row for row in found if row.pk == ticket.requester_id)
    return sorted(found, key=lambda row: (row != ticket.requester, row.pk))


@prepared
def _participants(ticket: int) -> Any:
    followers = Follower.objects.filter(ticket=ticket).order_by().values("member")
    keys = followers.union(Ticket.objects.filter(pk=ticket).order_by().values("requester"))
    muted = Mute.objects.filter(ticket=ticket, member=OuterRef("pk"))
    found = Member.objects.filter(pk__in=keys).order_by().select_related(*RELATED)
    return found.annotate(has_muted=Exists(muted), has_guests=Exists(guests_of(ticket).order_by()))


def _load_participants(tickets: list[Ticket]) -> dict[int, list[Member]]:
    keys = {ticket.pk: {ticket.requester_id} for ticket in tickets}
    links = Follower.objects.filter(ticket__in=tickets).order_by()
    for pk, member in links.values_list("ticket_id", "member_id"):
        keys[pk].add(member)
    wanted = {member for members in keys.values() for member in members}
    members = Member.objects.select_related(*RELATED).in_bulk(wanted)
    return {pk: [members[member] for member in found] for pk, found in keys.items()}


def muted_by(ticket: Ticket) -> set[int]:
    """Return the primary keys of the members who have muted a ticket."""

    def load(tickets: list[Ticket]) -> set[tuple[int, int]]:
        rows = Mute.objects.filter(ticket__in=tickets).order_by()
        return set(rows.values_list("ticket_id", "member_id"))

    is_bulk = held_tickets.bulk_of(ticket)
    found = held_tickets.shared("mutes", ticket, load) if is_bulk else load([ticket])
    return {member for pk, member in found if pk == ticket.pk}


def members_of_group(group_id: int, ticket: Ticket) -> list:
    """Return the active users in a group."""
    name = "members of group", group_id
    return held_tickets.shared(name, ticket, lambda tickets: list(group_members(group_id)))


def preferences_of(
    ticket: Ticket | None, members: list, agents: list, *, watched: bool
) -> list[NotificationPreferences]:
    """Return the preferences of people, by their primary keys, with those of everyone who watches
    all tickets, if ``watched``, and may see this one."""
    watched_tickets = [ticket] if watched and ticket is not None else []
    if ticket is None or not held_tickets.bulk_of(ticket):
        found = NotificationPreferences.objects.of(
            members=members, agents=agents, watched_tickets=watched_tickets
        )
        return list(found)
    known = held_tickets.shared("preferences", ticket, _BulkPreferences)
    return known.of(members, agents, watched_tickets)


class _BulkPreferences:
    """The preferences of everyone who takes part in one of the tickets of a bulk change, or watches
    it, and of those who were asked for since."""

    def __init__(self, tickets: list[Ticket]) -> None:
        self.rows: dict[int, NotificationPreferences] = {}
        self.members: set = set()
        self.agents: set = set()
        people = (participants_of(ticket) for ticket in tickets)
        members = {member.pk for found in people for member in found}
        agents = {ticket.assignee_id for ticket in tickets if ticket.assignee_id is not None}
        self._load(members, agents, tickets)

    def _load(self, members: set, agents: set, tickets: list[Ticket]) -> None:
        rows = NotificationPreferences.objects.of(
            members=members, agents=agents, watched_tickets=tickets
        )
        self.rows |= {row.pk: row for row in rows}
        self.members |= members
        self.agents |= agents

    def of(self, members: list, agents: list, watched_tickets: list) -> list:
        """Return what ``NotificationPreferences.objects.of`` does."""
        new_members, new_agents = set(members) - self.members, set(agents) - self.agents
        if new_members or new_agents:
            self._load(new_members, new_agents, [])
        return [
            row
            for row in self.rows.values()
            if row.member_id in members
            or row.agent_id in agents
            or any(row.watches_ticket(ticket) for ticket in watched_tickets)
        ]


def time_zones_of(ticket: Ticket | None, users: list) -> dict[Any, str]:
    """Return the time zones of those among ``users``, by primary key, who have a profile."""

    def load(keys: Any) -> dict[Any, str]:
        return dict(Profile.objects.filter(user__in=keys).values_list("user", "time_zone"))

    def load_all(tickets: list[Ticket]) -> dict[Any, str]:
        people = (participants_of(ticket) for ticket in tickets)
        return load({*users, *(member.user_id for found in people for member in found)})

    if ticket is None or not held_tickets.bulk_of(ticket):
        return load(users)
    return held_tickets.shared("time zones", ticket, load_all)
