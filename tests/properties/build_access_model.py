"""From a world on paper to rows in the database, written straight: only reading is tested."""

import uuid
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.models import Site

from tests.properties.access_model import ORGANIZATIONS, ROLES, USERS, World, serial
from wagtail_portal import models
from wagtail_portal.models import portal_storage


def stored_file() -> str:
    """One file that all attachments of all worlds share."""
    return portal_storage().save("worlds/file", ContentFile(b"content"))


def build(world: World, file: str) -> list:
    """Write the world down, and return its users."""
    now = timezone.now()
    site = Site.objects.get(is_default_site=True)
    for key, (tickets, writes, members) in ROLES.items():
        values = {"name": key, "tickets": tickets, "members": members, "can_edit_tickets": writes}
        role, _created = models.Role.objects.get_or_create(key=key, defaults=values)
        world.roles[key] = role.pk
    organizations = [
        models.Organization.objects.create(name=f"org-{place}") for place in range(ORGANIZATIONS)
    ]
    users = _users(world)
    for place, row in enumerate(world.memberships):
        found = [other for other in world.memberships if other.user == row.user]
        got_in = [other for other in found if other.gives_access]
        chosen = bool(got_in) and got_in[world.chosen[row.user] % len(got_in)] is row
        member = models.Member.objects.create(
            user=users[row.user],
            organization=organizations[row.organization],
            role_id=world.roles[row.role],
            chosen_at=now if chosen else None,
        )
        row.pk = member.pk
        if place < len(world.shared):
            saved = models.SavedFilter.objects.create(
                member=member, name=f"filter-{place}", shared=world.shared[place]
            )
            world.filters[saved.pk] = (place, world.shared[place])
    status = models.Status.objects.get(key="new")
    for ticket in world.tickets:
        _write(ticket, world, organizations, users, site, status, file, now)
    _waiting(world, organizations, users, now)
    return users


def _users(world):
    User = get_user_model()
    number = next(serial)
    rows = [
        User(
            username=f"world{number}-{place}",
            email=f"person-{place}@world{number}.example",
            password=f"!{uuid.uuid4().hex}",
            is_active=place not in world.inactive,
        )
        for place in range(USERS + 1)
    ]
    for row in rows:
        row.save()
    return rows


def _write(ticket, world, organizations, users, site, status, file, now):
    requester = world.memberships[ticket.requester]
    ticket.number = models.TicketNumber.allocate()
    row = models.Ticket.objects.create(
        number=ticket.number,
        site=site,
        organization=organizations[ticket.organization],
        requester_id=requester.pk,
        subject=f"Subject {ticket.secret}",
        status=status,
        private=ticket.private,
        opened_at=now,
    )
    ticket.pk = row.pk
    for place in ticket.followers:
        models.Follower.objects.create(ticket=row, member_id=world.memberships[place].pk)
    for kind in ("reply", "note"):
        message = models.Message.objects.create(
            ticket=row,
            kind=kind,
            from_team=kind == "note",
            author=users[requester.user] if kind == "reply" else None,
            member_id=requester.pk if kind == "reply" else None,
            body=f"Body {ticket.secret}" if kind == "reply" else "secret-note",
        )
        attachment = models.Attachment.objects.create(
            message=message,
            file=file,
            name=f"{kind}-{ticket.secret}.txt",
            size=7,
            content_type="text/plain",
        )
        if kind == "reply":
            models.Ticket.objects.filter(pk=row.pk).update(last_reply=message)
            ticket.file = str(attachment.pk)
        else:
            ticket.note = str(attachment.pk)


def _waiting(world, organizations, users, now):
    for place, organization in enumerate(organizations[:2]):
        invitation = models.Invitation.objects.create(
            organization=organization,
            email=f"invited-{place}@world.example",
            role_id=world.roles["member"],
            expires_at=now + timedelta(days=1),
        )
        world.invitations[invitation.pk] = place
        asked = models.JoinRequest.objects.create(organization=organization, user=users[USERS])
        world.requests[asked.pk] = place
