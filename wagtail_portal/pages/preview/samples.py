"""A sample customer with tickets, for one preview.

The rows are written and rolled back in one transaction, so that the real pages can show them. No
actions are used, so there are no log entries, emails or signals, and no ticket number is used up.
"""

from contextlib import contextmanager
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext

from wagtail_portal.actions import provision_user
from wagtail_portal.models import (
    Follower,
    Member,
    Message,
    Organization,
    Role,
    Status,
    Ticket,
    TicketField,
)


@contextmanager
def sample_tickets(site, role: str = Role.ADMIN):
    """Make ``(member, tickets)``: a member with that role, and tickets of every status, newest
    first. Everything is rolled back at the end of the ``with`` block."""
    with transaction.atomic():
        yield _make(site, role)
        transaction.set_rollback(True)


def _make(site, role):
    organization = Organization.objects.create(name=gettext("Sample customer"))
    now = timezone.now()
    member, colleague = (
        Member.objects.create(
            user=provision_user(f"{place}@sample.invalid", name=name),
            organization=organization,
            role=Role.objects.get(key=key),
            activated_at=now,
            last_seen_at=now,
        )
        for place, name, key in (
            ("one", gettext("Alex Sample"), role),
            ("two", gettext("Kim Sample"), Role.MEMBER),
        )
    )
    subjects = (
        gettext("The monthly report arrives twice"),
        gettext("How do we add a second administrator?"),
        gettext("Import stops at row 1,024"),
        gettext("Please change our billing address"),
        gettext("Thank you for the quick help"),
    )
    newest = Ticket.objects.aggregate(newest=models.Max("number"))["newest"] or 0
    values = _values()
    statuses = list(Status.objects.order_by("sort_order", "pk"))
    tickets = []
    for place, subject in enumerate(subjects):
        at = now - timedelta(hours=1 + place * 31)
        ticket = Ticket.objects.create(
            number=newest + len(subjects) - place,
            site=site,
            organization=organization,
            requester=colleague if place == 2 else member,
            subject=subject,
            status=statuses[place % len(statuses)],
            language=get_language() or "",
            values=values,
            opened_at=at - timedelta(days=place),
            updated_at=at,
            team_updated_at=at,
        )
        _add_messages(ticket, at)
        tickets.append(ticket)
    Follower.objects.create(ticket=tickets[0], member=colleague)
    # The member has read all of them.
    member.read_until = ticket.last_reply_id
    member.save(update_fields=["read_until"])
    return member, tickets


def _add_messages(ticket, at):
    Message.objects.create(
        ticket=ticket,
        author=ticket.requester.user,
        member=ticket.requester,
        body=gettext("Since Monday, every report has been arriving **twice**. What can we do?"),
        created_at=ticket.opened_at,
    )
    ticket.last_reply = Message.objects.create(
        ticket=ticket,
        from_team=True,
        body=gettext("Thanks for writing. We’ve found the cause and will fix it by tomorrow."),
        created_at=at,
    )
    ticket.save(update_fields=["last_reply"])


def _values() -> dict:
    """Return a value for every ticket field with choices: the first choice."""
    fields = TicketField.objects.filter(archived=False, type="choice").prefetch_related("choices")
    chosen = {
        field.key: [row for row in field.choices.all() if not row.archived] for field in fields
    }
    return {key: choices[0].key for key, choices in chosen.items() if choices}
