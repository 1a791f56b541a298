"""A model of organizations, members, roles and tickets, and who can open which URL.

The rules are restated here, following the documentation's wording and plain values, rather than
computed by the code under test.
"""

from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

#: Roles: (tickets, can edit tickets, members).
ROLES = {
    "admin": ("organization", True, "manage"),
    "member": ("own", True, "none"),
    "no-access": ("none", False, "none"),
    "reader": ("organization", False, "none"),
    "watcher": ("own", False, "view"),
    "lead": ("own", True, "manage"),
    "auditor": ("organization", False, "view"),
    # Gives no access, whatever else it allows.
    "hollow": ("none", True, "manage"),
}
ORGANIZATIONS, USERS, TICKETS = 3, 7, 4


@dataclass
class Membership:
    """One user in one organization."""

    user: int
    organization: int
    role: str
    pk: int = 0

    @property
    def gives_access(self) -> bool:
        return ROLES[self.role][0] != "none"

    @property
    def writes(self) -> bool:
        return ROLES[self.role][1]

    @property
    def members(self) -> str:
        return ROLES[self.role][2]


@dataclass
class Ticket:
    """A ticket with everything that belongs to it."""

    requester: int
    followers: set[int]
    private: bool
    organization: int = 0
    number: int = 0
    pk: int = 0
    file: str = ""
    note: str = ""
    secret: str = ""


@dataclass
class Scenario:
    """All objects of one example. Numbers are indexes into the lists."""

    memberships: list[Membership]
    tickets: list[Ticket]
    inactive: set[int]
    #: For each user, the index of the current membership among those that give access.
    chosen: list[int]
    shared: list[bool]
    filters: dict[int, tuple[int, bool]] = field(default_factory=dict)
    invitations: dict[int, int] = field(default_factory=dict)
    requests: dict[int, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)

    def of(self, user: int | None) -> list[Membership]:
        """Return the memberships that give the user access, starting with the current one."""
        found = [row for row in self.memberships if row.user == user and row.gives_access]
        if not found:
            return []
        acting = found[self.chosen[user] % len(found)]
        return [acting, *(row for row in found if row is not acting)]

    def sees(self, membership: Membership, ticket: Ticket) -> bool:
        """Return whether the member sees the ticket: their own, a followed one, or one of the
        organization if their role allows it and it isn't private."""
        if membership.organization != ticket.organization:
            return False
        place = self.memberships.index(membership)
        if place == ticket.requester or place in ticket.followers:
            return True
        return ROLES[membership.role][0] == "organization" and not ticket.private

    def reader(self, user: int | None, ticket: Ticket | None) -> Membership | None:
        """Return the membership with which the user can read the ticket, or None."""
        rows = self.of(user) if ticket else []
        return next((row for row in rows if self.sees(row, ticket)), None)

    def readable(self, user: int | None) -> set[str]:
        """Return the secrets that the user is allowed to see."""
        return {row.secret for row in self.tickets if self.reader(user, row)}


@st.composite
def scenarios(draw) -> Scenario:
    """Generate scenarios of a fixed size, so that the number of requests doesn't shrink."""
    roles = st.sampled_from(sorted(ROLES))
    places = st.lists(st.one_of(st.none(), roles), min_size=ORGANIZATIONS, max_size=ORGANIZATIONS)
    memberships = [
        Membership(user, organization, role)
        for user in range(USERS)
        for organization, role in enumerate(draw(places))
        if role
    ]
    # Tickets need a requester.
    memberships.append(Membership(USERS, 0, draw(roles)))
    indexes = st.integers(0, len(memberships) - 1)
    tickets = []
    for number in range(TICKETS):
        requester = draw(indexes)
        organization = memberships[requester].organization
        same = [
            place
            for place, row in enumerate(memberships)
            if row.organization == organization and place != requester
        ]
        followers = draw(st.sets(st.sampled_from(same), max_size=3)) if same else set()
        tickets.append(
            Ticket(
                requester,
                followers,
                draw(st.booleans()),
                organization=organization,
                secret=f"secret-of-{number}",
            )
        )
    numbers = st.lists(st.integers(0, 2), min_size=USERS + 1, max_size=USERS + 1)
    return Scenario(
        memberships=memberships,
        tickets=tickets,
        inactive=draw(st.sets(st.integers(0, USERS), max_size=2)),
        chosen=draw(numbers),
        shared=draw(st.lists(st.booleans(), min_size=2, max_size=2)),
    )


serial = count(1)
