"""Who takes part in a ticket and who else can see it, as far as the viewer may know."""

from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber
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
from wagtail_portal.utils.expressions import OneOf
from wagtail_portal.utils.humanize import comma_list

#: How many of each kind are loaded; the rest are only counted.
LOADED = 50
#: How many are named in a sentence.
NAMED = 3

FOLLOWER, ONLOOKER, OTHER, SUGGESTED = range(4)


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
    follows = Exists(Follower.objects.filter(ticket=ticket.pk, member=OuterRef("pk")))
    mutes = Exists(Mute.objects.filter(ticket=ticket.pk, member=OuterRef("pk")))
    reads = Q(user__is_active=True) & ~Q(role__tickets=TicketScope.NONE)
    asked = _suggestions(ticket, viewer)
    kind = Case(
        When(Q(follows=True) & reads, then=FOLLOWER),
        When(pk__in={viewer.pk, ticket.requester_id, *mentioned}, then=OTHER),
        When(reads & Q(role__tickets=TicketScope.ORGANIZATION), then=ONLOOKER),
        When(reads & Q(suggested=True), then=SUGGESTED),
        default=None,
        output_field=IntegerField(),
    )
    viewer_first = Case(When(pk=viewer.pk, then=0), default=1)
    followers = Follower.objects.filter(ticket=ticket.pk).order_by().values("member")
    sees_all = Role.objects.filter(tickets=TicketScope.ORGANIZATION).order_by().values("pk")
    # An index finds them. Most members of a large organization are of no kind.
    some = (
        Q(pk__in={viewer.pk, ticket.requester_id, *mentioned})
        | Q(OneOf(F("pk"), Subquery(followers)))
        | Q(OneOf(F("role"), Subquery(sees_all)))
    )
    suggested: Value | Exists = Value(False)
    if asked is not None:
        suggested = Exists(asked.filter(member=OuterRef("pk")))
        some |= Q(OneOf(F("pk"), Subquery(asked.order_by().values("member"))))
    rows = (
        Member.objects.filter(some, organization_id=ticket.organization_id)
        .annotate(follows=follows, muted=mutes, suggested=suggested)
        .annotate(kind=kind)
        .exclude(kind=None)
        .annotate(
            total=Window(Count("pk"), partition_by=F("kind")),
            place=Window(RowNumber(), partition_by=F("kind"), order_by=[viewer_first, F("pk")]),
        )
        .filter(place__lte=LOADED)
        .select_related("user", "role")
        .order_by("kind", "place")
    )
    return _participants(ticket, viewer, list(rows))


def _suggestions(ticket, viewer):
    """Return the suggested followers whom the viewer may know: None unless it's the requester, and
    without a role that sees members, those to whom they sent the email themselves."""
    by = Actor.for_member(viewer)
    if viewer.pk != ticket.requester_id or not by.may(Verb.REPLY):
        return None
    found = SuggestedFollower.objects.filter(ticket=ticket.pk)
    if by.may(Verb.VIEW_MEMBER):
        return found
    return found.filter(sender=viewer.pk)


def _participants(ticket, viewer, rows) -> Participants:
    followers = [row for row in rows if row.kind == FOLLOWER]
    onlookers = [] if ticket.private else [row for row in rows if _looks_on(row, ticket)]
    # The viewer and the members mentioned are of another kind, and may look on as well.
    found = next((row.total for row in rows if row.kind == ONLOOKER), 0)
    others = sum(row.kind == OTHER for row in onlookers)
    return Participants(
        ticket=ticket,
        viewer=viewer,
        known={row.pk: row for row in rows},
        followers=followers,
        followers_total=followers[0].total if followers else 0,
        onlookers=sorted(onlookers, key=lambda row: row.pk != viewer.pk),
        onlookers_total=0 if ticket.private else found + others,
        suggested=[row for row in rows if row.suggested and not row.follows and has_access(row)],
    )


def _looks_on(row, ticket) -> bool:
    if row.kind == FOLLOWER or row.pk == ticket.requester_id:
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
