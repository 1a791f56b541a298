"""Customers to choose from, where a ticket gets a requester."""

from django.db.models import Q

from wagtail_portal.desk.autocomplete import search_rows, members_for
from wagtail_portal.models import Member, Organization

from .confirmation_views import FOUND, Choice


def _able(members, but):
    """Those who can have tickets: with access, or visitors, who are answered by mail."""
    access = Q(pk__in=Member.objects.with_access().values("pk"))
    visitors = Q(organization__key=Organization.VISITORS)
    return members.filter(access | visitors, user__is_active=True).exclude(pk=but)


def find_member(user, pk, *, but=None) -> Member | None:
    """A member whom ``user`` may know of, to be a requester.

    :param but: the primary key of the one who is it already.
    """
    found = _able(members_for(user), but).select_related("role")
    return found.filter(pk=pk).first() if pk else None


def member_choices(user, typed: str, *, but=None) -> list[Choice]:
    """Members whom ``user`` may know of, by words of their name, address or organization."""
    found = _able(search_rows("member", user, typed), but)
    return [
        Choice(row.pk, row.name, f"{row.email} · {row.organization.name}")
        for row in found.order_by("organization__name", "pk")[:FOUND]
    ]
