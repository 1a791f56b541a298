"""What merging two organizations does, in words."""

from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions.pages.move_audience import pages_for
from wagtail_portal.actions.people.merge_organizations import members_of_both, strictest_joining
from wagtail_portal.fields import get_field_type
from wagtail_portal.models import (
    About,
    CustomerField,
    DomainJoining,
    GroupScope,
    Guest,
    Invitation,
    JoinRequest,
    Member,
    Organization,
    OrganizationDomain,
    Ticket,
    TicketScope,
)
from wagtail_portal.utils.humanize import comma_list

from .merging import Effects
from .tickets.confirmation_views import names_of

#: Up to so many rows are counted.
COUNTED = 10_000


#: With more tickets, it takes long enough to be noticed.
NOTICED = 2000


class Side:
    """One of the two organizations, and what it has."""

    def __init__(self, organization: Organization):
        self.organization = organization
        self.name = organization.name

    @cached_property
    def members(self) -> list[Member]:
        """The members with access."""
        found = Member.objects.with_access().filter(organization=self.organization)
        return list(found.select_related("user", "role", "organization").order_by("pk"))

    @cached_property
    def members_number(self) -> int:
        """How many members there are, with or without access."""
        return Member.objects.filter(organization=self.organization).count()

    @cached_property
    def shared_tickets(self) -> int:
        """How many tickets everyone sees whose role is for the whole organization."""
        return _count(Ticket.objects.filter(organization=self.organization, private=False))

    @property
    def readers(self) -> list[Member]:
        """The members who see the tickets of the whole organization."""
        return [row for row in self.members if row.role.tickets == TicketScope.ORGANIZATION]


def organization_effects(source: Organization, into: Organization) -> list[Effects]:
    """Return what will happen if ``source`` is merged into the organization ``into``."""
    sides = Side(source), Side(into)
    return [
        Effects(_("Who will see what"), _what_is_seen(*sides)),
        Effects(_("What moves"), _what_moves(*sides)),
        Effects(_("What changes"), _what_changes(*sides)),
    ]


def _count(rows) -> int:
    """Return how many rows there are; one more than :data:`COUNTED` for more of them."""
    return rows.order_by()[: COUNTED + 1].count()


def _number(number: int) -> str:
    if number > COUNTED:
        text = gettext("more than %(number)s")
        return text % {"number": number_format(COUNTED, force_grouping=True)}
    return number_format(number, force_grouping=True)


# -- Who will see what ---------------------------------------------------------------------------


def _what_is_seen(source: Side, into: Side) -> list[str]:
    effects = []
    for side, other in ((source, into), (into, source)):
        effects += _of_tickets(side, other)
        effects += _of_members(side, other)
    text = gettext("All other members see the same tickets as before. No ticket is lost.")
    effects.append(text)
    for side, other in ((source, into), (into, source)):
        effects += _of_groups(side, other)
        effects += _of_pages(side, other)
    if source.organization.external_id:
        text = gettext(
            "Other systems that sign in people with the external ID %(id)s sign them in to "
            "%(into)s. Those that may only sign in members of %(source)s may sign in all members "
            "of %(into)s."
        )
        values = {"id": source.organization.external_id, "source": source.name, "into": into.name}
        effects.append(text % values)
    return effects


def _of_tickets(side: Side, other: Side) -> list[str]:
    readers, tickets = side.readers, other.shared_tickets
    if not (readers and tickets):
        return []
    text = ngettext(
        "Members of %(side)s who will also see %(number)s ticket of %(other)s, all except private "
        "ones: %(names)s.",
        "Members of %(side)s who will also see %(number)s tickets of %(other)s, all except private "
        "ones: %(names)s.",
        tickets,
    )
    values = {"number": _number(tickets), "other": other.name, "side": side.name}
    return [text % {**values, "names": comma_list(names_of(readers))}]


def _of_members(side: Side, other: Side) -> list[str]:
    if not other.members_number:
        return []
    managers = [row for row in side.members if row.role.manages_members]
    viewers = [row for row in side.members if row.role.sees_members and row not in managers]
    texts = (
        (
            managers,
            gettext(
                "Members of %(side)s who will also see and manage the members of %(other)s: "
                "%(names)s."
            ),
        ),
        (
            viewers,
            gettext("Members of %(side)s who will also see the members of %(other)s: %(names)s."),
        ),
    )
    return [
        text % {"side": side.name, "other": other.name, "names": comma_list(names_of(members))}
        for members, text in texts
        if members
    ]


def _of_groups(side: Side, other: Side) -> list[str]:
    scopes = GroupScope.objects.filter(organizations=side.organization)
    scopes = scopes.exclude(organizations=other.organization).select_related("group")
    names = [scope.group.name for scope in scopes.order_by("group__name")]
    if not names:
        return []
    text = gettext(
        "Groups of the team that are limited to %(side)s will also see the tickets of %(other)s: "
        "%(names)s."
    )
    return [text % {"side": side.name, "other": other.name, "names": comma_list(names)}]


def _of_pages(side: Side, other: Side) -> list[str]:
    known = set(pages_for(other.organization))
    pages = [page for page in pages_for(side.organization) if page not in known]
    if not pages:
        return []
    text = gettext(
        "Forms and content for %(side)s will also be for the members of %(other)s: %(titles)s."
    )
    titles = comma_list(page.get_admin_display_title() for page in pages)
    return [text % {"side": side.name, "other": other.name, "titles": titles}]


# -- What moves ----------------------------------------------------------------------------------


def _what_moves(source: Side, into: Side) -> list[str]:
    organization = source.organization
    domains = OrganizationDomain.objects.filter(organization=organization).count()
    requests = JoinRequest.objects.waiting().filter(organization=organization).count()
    invitations = organization.invitations.open().count()
    tickets = _count(Ticket.objects.filter(organization=organization))
    counts = [
        (tickets, ngettext("%(number)s ticket", "%(number)s tickets", tickets)),
        (
            source.members_number,
            ngettext("%(number)s member", "%(number)s members", source.members_number),
        ),
        (domains, ngettext("%(number)s email domain", "%(number)s email domains", domains)),
        (
            invitations,
            ngettext("%(number)s open invitation", "%(number)s open invitations", invitations),
        ),
        (
            requests,
            ngettext(
                "%(number)s pending join request", "%(number)s pending join requests", requests
            ),
        ),
    ]
    things = [text % {"number": _number(number)} for number, text in counts if number]
    text = gettext(
        "These will move to %(into)s: %(things)s, along with the history, saved views and what was "
        "read. Members keep their roles."
    )
    values = {"into": into.name, "things": comma_list(things) or gettext("nothing")}
    effects = [text % values]
    if tickets > NOTICED:
        text = gettext(
            "Until all of them have moved, no one can change these tickets, and replies to them "
            "wait. It takes about a minute for 200,000 tickets, so choose a quiet time."
        )
        effects.append(text)
    return [*effects, *_of_doubles(source, into), *_of_left_overs(source, into)]


def _of_doubles(source: Side, into: Side) -> list[str]:
    both = [kept for _merged, kept in members_of_both(source.organization, into.organization)]
    if not both:
        return []
    text = gettext("These people belong to both. One membership of each stays: %(names)s.")
    return [text % {"names": comma_list(names_of(both))}]


def _of_left_overs(source: Side, into: Side) -> list[str]:
    both = (source.organization, into.organization)
    effects = []
    if Invitation.objects.open().filter(organization__in=both).exists():
        text = gettext(
            "Invitations of people who are members already, or were invited to both, are withdrawn."
        )
        effects.append(text)
    if Guest.objects.active().filter(ticket__organization__in=both).exists():
        text = gettext(
            "Members with whom a ticket was shared from outside become followers of it; without "
            "access to the portal, they no longer see it."
        )
        effects.append(text)
    return effects


# -- What changes --------------------------------------------------------------------------------


def _what_changes(source: Side, into: Side) -> list[str]:
    values = {"source": source.name, "into": into.name}
    text = gettext("%(source)s no longer exists. %(into)s keeps its name and default role.")
    return [
        text % values,
        *_of_external_id(source, into),
        *_of_joining(source, into),
        *_of_hold_and_notes(source, into),
        *_of_fields(source, into),
    ]


def _of_external_id(source: Side, into: Side) -> list[str]:
    external_id = source.organization.external_id
    if not external_id:
        return []
    text = gettext("%(into)s takes over the external ID %(id)s.")
    if into.organization.external_id:
        text = gettext("The external ID %(id)s stands for %(into)s, too.")
    return [text % {"into": into.name, "id": external_id}]


def _of_joining(source: Side, into: Side) -> list[str]:
    joining = strictest_joining(source.organization, into.organization)
    if joining == into.organization.domain_joining:
        return []
    text = gettext(
        "Joining %(into)s by email domain: %(choice)s, because no one should join more easily than "
        "before."
    )
    return [text % {"into": into.name, "choice": DomainJoining(joining).label}]


def _of_hold_and_notes(source: Side, into: Side) -> list[str]:
    effects = []
    if source.organization.legal_hold != into.organization.legal_hold:
        text = gettext("The legal hold on %(name)s will apply to the tickets and members of both.")
        held = source if source.organization.legal_hold else into
        effects.append(text % {"name": held.name})
    if source.organization.notes and into.organization.notes:
        effects.append(gettext("The notes about both are put together."))
    return effects


def _of_fields(source: Side, into: Side) -> list[str]:
    old, new = source.organization.values, into.organization.values
    fields = CustomerField.objects.filter(about=About.ORGANIZATION, key__in=old)
    effects = []
    for field in fields.prefetch_related("choices"):
        spec, value = field.spec(), get_field_type(field.type).html
        if field.key not in new:
            text = gettext("%(field)s is taken over from %(source)s: %(value)s.")
            values = {"value": value(old[field.key], spec)}
        elif old[field.key] != new[field.key]:
            text = gettext("%(field)s stays %(value)s. In %(source)s, it was %(old)s.")
            values = {"value": value(new[field.key], spec), "old": value(old[field.key], spec)}
        else:
            continue
        effects.append(text % {"field": spec.label, "source": source.name, **values})
    return effects
