"""Create a scenario's objects directly in the database, because only reading is tested."""

import uuid
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.models import Site

from tests.properties.access_model import ORGANIZATIONS, ROLES, USERS, Scenario, serial
from wagtail_portal import models
from wagtail_portal.models import portal_storage


def stored_file() -> str:
    """Store the one file that all attachments of all scenarios share."""
    return portal_storage().save("scenarios/file", ContentFile(b"content"))


def build(scenario: Scenario, file: str) -> list:
    """Create the scenario's objects and return its users."""
    now = timezone.now()
    site = Site.objects.get(is_default_site=True)
    for key, (tickets, writes, members) in ROLES.items():
        values = {"name": key, "tickets": tickets, "members": members, "can_edit_tickets": writes}
        role, _created = models.Role.objects.get_or_create(key=key, defaults=values)
        scenario.roles[key] = role.pk
    organizations = [
        models.Organization.objects.create(name=f"org-{place}") for place in range(ORGANIZATIONS)
    ]
    users = _users(scenario)
    for place, row in enumerate(scenario.memberships):
        found = [other for other in scenario.memberships if other.user == row.user]
        got_in = [other for other in found if other.gives_access]
        chosen = bool(got_in) and got_in[scenario.chosen[row.user] % len(got_in)] is row
        member = models.Member.objects.create(
            user=users[row.user],
            organization=organizations[row.organization],
            role_id=scenario.roles[row.role],
            chosen_at=now if chosen else None,
        )
        row.pk = member.pk
        if place < len(scenario.shared):
            saved = models.SavedFilter.objects.create(
                member=member, name=f"filter-{place}", shared=scenario.shared[place]
            )
            scenario.filters[saved.pk] = (place, scenario.shared[place])
    status = models.Status.objects.get(key="new")
    for ticket in scenario.tickets:
        _create_ticket(ticket, scenario, organizations, users, site, status, file, now)
    _create_invitations_and_join_requests(scenario, organizations, users, now)
    return users


def _users(scenario):
    User = get_user_model()
    number = next(serial)
    rows = [
        User(
            username=f"scenario{number}-{place}",
            email=f"person-{place}@scenario{number}.example",
            password=f"!{uuid.uuid4().hex}",
            is_active=place not in scenario.inactive,
        )
        for place in range(USERS + 1)
    ]
    for row in rows:
        row.save()
    return rows


def _create_ticket(ticket, scenario, organizations, users, site, status, file, now):
    requester = scenario.memberships[ticket.requester]
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
        models.Follower.objects.create(ticket=row, member_id=scenario.memberships[place].pk)
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


def _create_invitations_and_join_requests(scenario, organizations, users, now):
    for place, organization in enumerate(organizations[:2]):
        invitation = models.Invitation.objects.create(
            organization=organization,
            email=f"invited-{place}@scenario.example",
            role_id=scenario.roles["member"],
            expires_at=now + timedelta(days=1),
        )
        scenario.invitations[invitation.pk] = place
        asked = models.JoinRequest.objects.create(organization=organization, user=users[USERS])
        scenario.requests[asked.pk] = place
