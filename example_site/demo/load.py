"""Create the demo data through the portal's actions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from random import Random

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import GroupPagePermission, Site

from wagtail_portal.actions import (
    create_member,
    create_organization,
    invite_member,
    mark_read,
    record_sign_in,
)
from wagtail_portal.models import Member, Message, Organization, Role, Status
from wagtail_portal.permissions import Actor

from . import afterwards, canned, people
from .history import Teller
from .support import build_fields, build_portal, build_settings
from .translations import translate
from .website import build_website, invite_to_support, place_form

#: The number of tickets, some of them from the last few days.
TICKETS, TICKETS_SMALL = 340, 24


@dataclass
class Cast:
    """Everyone who writes in tickets."""

    agents: list = field(default_factory=list)
    experts: list = field(default_factory=list)
    #: Members who can write, by organization, in the order of ``people.CUSTOMERS``.
    members: dict[Organization, list[Member]] = field(default_factory=dict)
    #: The entry of each organization in ``people``.
    about: dict[Organization, people.Customer] = field(default_factory=dict)


def is_loaded() -> bool:
    """Return whether the demo data has been loaded; it's loaded in one transaction."""
    return Organization.objects.filter(name=people.CUSTOMERS[0].name).exists()


# All or nothing: two years of tickets take a minute.
@transaction.atomic
def load(now: datetime, *, hostname: str, port: int, small: bool = False) -> None:
    """Load the demo data into an empty database. The same ``now`` always gives the same data."""
    random = Random(1887)
    site, home = build_website(hostname, port)
    fields = build_fields()
    forms = build_portal(home, fields)
    invite_to_support(home, forms["problem"].get_parent())
    place_form(home, "pricing", forms["billing"], heading="Ask us about your plan")
    build_settings(site, fields)
    translate()

    cast = Cast()
    _create_team(cast, home)
    customers = people.CUSTOMERS[:4] if small else people.CUSTOMERS
    _create_customers(cast, customers, now, random)
    statuses = {status.key: status for status in Status.objects.all()}
    teller = Teller(site, cast, forms, statuses, now, random)
    teller.tell(TICKETS_SMALL if small else TICKETS)
    afterwards.add(site, next(iter(cast.members)), now)
    canned.add()
    _mark_read(cast, now)


def _mark_read(cast: Cast, now: datetime) -> None:
    """Mark everything older than a day and a half as read."""
    for member in chain(*cast.members.values()):
        replies = Message.objects.visible_to(member).filter(
            created_at__lt=now - timedelta(hours=36)
        )
        newest = {reply.ticket: reply for reply in replies.select_related("ticket")}
        for ticket, reply in newest.items():
            mark_read(ticket, by=Actor.for_member(member), message=reply)


def move(hostname: str, port: int) -> None:
    """Change the host and port in links in emails."""
    site = Site.objects.get(is_default_site=True)
    if (site.hostname, site.port) != (hostname, port):
        site.hostname, site.port = hostname, port
        site.save()


def _create_team(cast: Cast, home) -> None:
    """Create the team: agents, managers, and editors who can publish and set up the portal."""
    editors = Group.objects.get(name="Editors")
    publish = Permission.objects.get(content_type__app_label="wagtailcore", codename="publish_page")
    GroupPagePermission.objects.create(group=editors, page=home, permission=publish)
    editors.permissions.add(
        *Permission.objects.filter(
            content_type__app_label="wagtail_portal",
            content_type__model__in=["portalsettings", "ticketfield", "status", "role"],
        )
    )
    for person in people.TEAM:
        first_name, _space, last_name = person.name.partition(" ")
        user = get_user_model().objects.create_user(
            person.username,
            f"{person.username}@{people.TEAM_DOMAIN}",
            people.PASSWORD,
            first_name=first_name,
            last_name=last_name,
            is_superuser=person.is_superuser,
        )
        user.groups.set(Group.objects.filter(name__in=person.groups))
        {"agent": cast.agents, "expert": cast.experts}.get(person.part, []).append(user)


def _create_customers(cast: Cast, customers, now: datetime, random: Random) -> None:
    """Create the organizations and their members, who joined one by one."""
    roles = {role.key: role for role in Role.objects.all()}
    system = Actor.system()
    for number, customer in enumerate(customers):
        since = now - timedelta(days=760 - number * 2)
        organization = create_organization(
            by=system,
            name=customer.name,
            external_id=f"C-{1200 + number * 7}",
            domains=[customer.domain],
            at=since,
        )
        organization.domains.update(verified_at=since)
        cast.about[organization] = customer
        cast.members[organization] = []
        for name, role in customer.people:
            since += timedelta(hours=random.randint(1, 60))
            member = _join(organization, name, customer.domain, roles[role], since)
            if role != Role.NO_ACCESS:
                record_sign_in(member.user, email=member.email, at=since + timedelta(hours=2))
                seen = now - timedelta(minutes=random.randint(30, 20_000))
                record_sign_in(member.user, email=member.email, at=seen)
                cast.members[organization].append(member)

    name, domain, second, role = people.CONSULTANT
    for organization in cast.members:
        if organization.name == second:
            since = now - timedelta(days=300)
            member = _join(organization, name, domain, roles[role], since)
            cast.members[organization].append(member)
        for invited_by, email in people.INVITED:
            if organization.name == invited_by:
                admin = Actor.for_member(cast.members[organization][0])
                at = now - timedelta(days=2)
                invite_member(organization, by=admin, email=email, at=at, notify=False)


def _join(organization, name, domain, role, at) -> Member:
    return create_member(
        organization,
        by=Actor.system(),
        email=people.address(name, domain),
        name=name,
        role=role,
        at=at,
        notify=False,
    )
