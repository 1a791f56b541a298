"""Lock people with everything of theirs that an action is going to change."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from wagtail_portal.actions._locks import for_update, lock_rows
from wagtail_portal.models import Member, Message, Organization, Ticket


def tickets_about(users: Any) -> Q:
    """Return a condition for the tickets in which users could have written or be mentioned: those
    of their organizations, and where they wrote anything.

    :param users: their primary keys.
    """
    members = Member.objects.filter(user__in=users)
    return Q(organization__in=members.values("organization")) | written_by(users)


def written_by(users: Any) -> Q:
    """Return a condition for the tickets that users requested, or wrote anything in."""
    members = Member.objects.filter(user__in=users)
    return Q(requester__in=members.values("pk")) | Q(
        pk__in=Message.objects.filter(author__in=users).values("ticket")
    )


def keys_of_tickets_about(users: Any) -> set[int]:
    """Return the primary keys of the tickets of :func:`tickets_about`."""
    tickets = Ticket.objects.filter(tickets_about(users)).order_by()
    return set(tickets.values_list("pk", flat=True))


def lock_people(users: Any) -> bool:
    """Lock users, their memberships and their organizations. They can't open a ticket or get
    another role until the transaction ends.

    :param users: their primary keys.
    :return: False if they were in another organization by then, which isn't locked, because theirs
        was merged.
    """
    members = Member.objects.filter(user__in=users)
    organizations = set(members.values_list("organization", flat=True))
    lock_rows(Organization.objects.filter(pk__in=organizations))
    found = set(for_update(members).values_list("organization", flat=True))
    lock_rows(get_user_model()._default_manager.filter(pk__in=users))
    return found <= organizations
