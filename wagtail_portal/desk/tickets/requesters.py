"""Members who can be the requester of a ticket."""

from wagtail_portal.desk.autocomplete import requesters_for_team, search_rows
from wagtail_portal.models import Member

from .confirmation_views import FOUND, Choice


def find_member(user, pk, *, exclude=None) -> Member | None:
    """Return a member who can be the requester, if ``user`` can see them.

    :param exclude: the primary key of the present requester.
    """
    found = requesters_for_team(user).exclude(pk=exclude).select_related("role")
    return found.filter(pk=pk).first() if pk else None


def member_choices(user, typed: str, *, exclude=None) -> list[Choice]:
    """Return the members whom ``user`` can see, by name, email address or organization."""
    found = search_rows("requester", user, typed).exclude(pk=exclude)
    return [
        Choice(row.pk, row.name, f"{row.email} · {row.organization.name}") for row in found[:FOUND]
    ]
