"""Who takes part in a ticket and who else can see it, as far as the viewer may know."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext, ngettext

from wagtail_portal.models import (
    Follower,
    Member,
    Mute,
    Role,
    SuggestedFollower,
    Ticket,
    TicketScope,
)
from wagtail_portal.permissions import Actor, Verb, has_access, sees_organization
from wagtail_portal.utils.expressions import CountOf, OneOf, Rows
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.prepared import prepared

#: How many of each kind are loaded; the rest are only counted.
LOADED = 50
#: How many are named in a sentence.
NAMED = 3


@dataclass(frozen=True)
class Participants:
    """The people who can see a ticket, as ``viewer`` sees them.

    ``followers`` take part in the ticket; ``onlookers`` see it because their role sees all tickets
    of the organization. Each list has the first few, viewer first, with their total number.
    ``known`` holds everyone who was loaded, by primary key.
    """

    ticket: Ticket
    viewer: Member
    known: dict[int, Any]
    followers: list[Member]
    followers_total: int
    onlookers: list[Member]
    onlookers_total: int
    #: Members who got a copy of an email about the ticket and don't follow it, for the requester.
    suggested: list[Member]

    @property
    def follows(self) -> bool:
        """Whether the viewer follows the ticket."""
        return self.known[self.viewer.pk].follows

    @property
    def muted(self) -> bool:
        """Whether the viewer gets no email about it."""
        return self.known[self.viewer.pk].muted

    @property
    def knows_members(self) -> bool:
        """Whether the viewer's role sees who else is a member."""
        return Actor.for_member(self.viewer).may(Verb.VIEW_MEMBER)

    def name_of(self, pk: int) -> str:
        """Return a member's name, or "" if the viewer may not know it.

        Participants know each other; the other members are known only to roles that see members.
        """
        row = self.known.get(pk)
        if row is None:
            return ""
        takes_part = row.follows or pk in (self.viewer.pk, self.ticket.requester_id)
        return row.name if takes_part or self.knows_members else ""


def load_participants(ticket: Ticket, viewer: Member, mentioned=()) -> Participants:
    """Load the people who can see the ticket, in one query regardless of their number.

    :param mentioned: primary keys of the members that something else on the page names.
    """
    named = {viewer.pk, ticket.requester_id, *mentioned}
    by = Actor.for_member(viewer)
    is_asked = viewer.pk == ticket.requester_id and by.may(Verb.REPLY)
    sender = None if by.may(Verb.VIEW_MEMBER) else viewer.pk
    rows = _people(ticket.pk, ticket.organization_id, tuple(named), is_asked, sender)
    order = sorted(rows, key=lambda row: (row.pk != viewer.pk, row.pk in named, row.pk))
    return _participants(ticket, viewer, named, order)


@prepared
def _people(
    ticket: int, organization: int, named: tuple[int, ...], is_asked: bool, sender: int | None
):
    """Return the first members of each kind, and those who are named.

    :param is_asked: whether the viewer, the requester, may know of suggested followers: without a
        role that sees members, of those to whom they sent the email themselves.
    :param sender: the viewer, without such a role.
    """
    asked = SuggestedFollower.objects.filter(ticket=ticket) if is_asked else None
    if asked is not None and sender is not None:
        asked = asked.filter(sender=sender)
    members = Member.objects.filter(organization_id=organization)
    # An index finds them. Most members of a large organization are of no kind.
    follows = _one_of("pk", Follower.objects.filter(ticket=ticket), "member")
    sees_all = _one_of("role", Role.objects.filter(tickets=TicketScope.ORGANIZATION), "pk")
    reads = Q(user__is_active=True) & ~Q(role__tickets=TicketScope.NONE)
    followers = members.filter(reads, follows)
    onlookers = members.filter(reads, sees_all, ~follows, ~Q(pk__in=named))
    kinds = [followers, onlookers]
    if asked is not None:
        suggested = _one_of("pk", asked, "member")
        kinds.append(members.filter(reads, suggested, ~follows, ~sees_all, ~Q(pk__in=named)))
    some = Q(pk__in=named)
    for kind in kinds:
        some |= Q(OneOf(F("pk"), Rows(kind.order_by("pk").values("pk")[:LOADED])))
    return (
        members.filter(some)
        .annotate(
            follows=_exists(Follower.objects.filter(ticket=ticket)),
            muted=_exists(Mute.objects.filter(ticket=ticket)),
            suggested=Value(False) if asked is None else _exists(asked),
            followers_total=CountOf(followers.order_by().values("pk")),
            onlookers_total=CountOf(onlookers.order_by().values("pk")),
        )
        .select_related("user", "role")
        .order_by()
    )


def _one_of(name, rows, column) -> Q:
    return Q(OneOf(F(name), Subquery(rows.order_by().values(column))))


def _exists(rows) -> Exists:
    return Exists(rows.filter(member=OuterRef("pk")))


def _participants(ticket, viewer, named, rows) -> Participants:
    followers = [row for row in rows if _follows(row)]
    onlookers = [] if ticket.private else [row for row in rows if _looks_on(row, ticket)]
    # The viewer and the members mentioned aren't counted by the query.
    others = sum(row.pk in named for row in onlookers)
    return Participants(
        ticket=ticket,
        viewer=viewer,
        known={row.pk: row for row in rows},
        followers=followers[:LOADED],
        followers_total=rows[0].followers_total,
        onlookers=onlookers,
        onlookers_total=0 if ticket.private else rows[0].onlookers_total + others,
        suggested=[row for row in rows if row.suggested and not row.follows and has_access(row)],
    )


def _follows(row) -> bool:
    return row.follows and has_access(row)


def _looks_on(row, ticket) -> bool:
    if _follows(row) or row.pk == ticket.requester_id:
        return False
    return sees_organization(row)


def visibility_lines(participants: Participants, guests=()) -> list[str]:
    """Return sentences that say who can see the ticket and why.

    :param guests: those outside of the organization.
    """
    followers = [_name(participants, row) for row in participants.followers[:NAMED]]
    lines = [_opened(participants), _follow(participants, followers), _see_all(participants)]
    lines += [_guest(guest, participants) for guest in guests]
    lines.append(gettext("The support team"))
    return [line for line in lines if line]


def _guest(guest, participants) -> str:
    values = {"email": guest.email, "organization": participants.ticket.organization.name}
    if guest.member_id is None:
        text = gettext("%(email)s, who isn’t at %(organization)s and hasn’t opened it yet")
    else:
        text = gettext("%(email)s, who isn’t at %(organization)s")
    return text % values


def _name(participants, row) -> str:
    return gettext("You") if row.pk == participants.viewer.pk else row.name


def _opened(participants) -> str:
    requester = participants.known.get(participants.ticket.requester_id)
    if requester is None or not has_access(requester):
        return ""
    if requester.pk == participants.viewer.pk:
        return gettext("You opened it.")
    return gettext("%(name)s opened it.") % {"name": requester.name}


def _follow(participants, names) -> str:
    if not names:
        return ""
    if participants.followers_total > 1:
        names = _enumerate(names, participants.followers_total)
        return gettext("%(names)s are following it.") % {"names": names}
    if participants.followers[0].pk == participants.viewer.pk:
        return gettext("You’re following it.")
    return gettext("%(name)s is following it.") % {"name": names[0]}


def _see_all(participants) -> str:
    ticket, total = participants.ticket, participants.onlookers_total
    values = {"organization": ticket.organization.name, "count": total}
    if ticket.private:
        return gettext("No one else at %(organization)s: the ticket is private.") % values
    if not total:
        return ""
    named = participants.onlookers[:NAMED] if participants.knows_members else []
    if not named and participants.onlookers[0].pk == participants.viewer.pk:
        named = [participants.viewer]
    if not named:
        return (
            ngettext(
                "%(count)d person at %(organization)s whose role can see all tickets.",
                "%(count)d people at %(organization)s whose role can see all tickets.",
                total,
            )
            % values
        )
    names = [_name(participants, row) for row in named]
    if total > 1:
        values["names"] = _enumerate(names, total)
        return gettext("%(names)s can see all tickets of %(organization)s.") % values
    if named[0].pk == participants.viewer.pk:
        return gettext("You can see all tickets of %(organization)s.") % values
    return gettext("%(name)s can see all tickets of %(organization)s.") % {
        "name": names[0],
        **values,
    }


def _enumerate(names: list[str], total: int) -> str:
    """“You, Maren Tolk and 2 more”."""
    rest = total - len(names)
    if rest:
        last = ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest}
    else:
        *names, last = names
    return gettext("%(names)s and %(last)s") % {"names": comma_list(names), "last": last}
