"""Members who can be the requester of a ticket."""

from django.db.models import Q

from wagtail_portal.desk.autocomplete import search_rows
from wagtail_portal.models import Member, Organization
from wagtail_portal.permissions import members_for_team

from .confirmation_views import FOUND, Choice


def _eligible(members, exclude):
    """Filter members with access, and visitors, who get replies by email."""
    access = Q(pk__in=Member.objects.with_access().values("pk"))
    visitors = Q(organization__key=Organization.VISITORS)
    return members.filter(access | visitors, user__is_active=True).exclude(pk=exclude)


def find_member(user, pk, *, exclude=None) -> Member | None:
    """Return a member who can be the requester, if ``user`` can see them.

    :param exclude: the primary key of the present requester.
    """
    found = _eligible(members_for_team(user), exclude).select_related("role")
    return found.filter(pk=pk).first() if pk else None


def member_choices(user, typed: str, *, exclude=None) -> list[Choice]:
    """Return the members whom ``user`` can see, by name, email address or organization."""
    found = _eligible(search_rows("member", user, typed), exclude)
    return [
        Choice(row.pk, row.name, f"{row.email} · {row.organization.name}")
        for row in found.order_by("organization__name", "pk")[:FOUND]
    ]
