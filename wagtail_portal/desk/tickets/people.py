"""The members who are concerned with a ticket, loaded with one query."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Lower

from wagtail_portal.models import FailingAddress, Follower, Member, SuggestedFollower, Ticket
from wagtail_portal.permissions import has_access
from wagtail_portal.utils.expressions import OneOf
from wagtail_portal.utils.prepared import prepared


def people_of(ticket: Ticket) -> list[Member]:
    """Return the requester, the followers in their order, and members with access who got a copy of
    an email about the ticket.

    Each has ``follows``, ``suggested``, and ``failing``, the primary key of the row that says that
    emails to their address come back; None otherwise.
    """
    found: list[Any] = _concerned(ticket.pk, ticket.requester_id)
    for row in found:
        is_other = row.pk == ticket.requester_id or row.organization_id != ticket.organization_id
        if is_other or not has_access(row):
            row.suggested = False
    return found


@prepared
def _concerned(ticket: int, requester: int):
    follows = Follower.objects.filter(ticket=ticket)
    suggested = SuggestedFollower.objects.filter(ticket=ticket)
    # An index finds them. Most members of a large organization aren't concerned.
    concerned = (
        Q(pk=requester)
        | Q(OneOf(F("pk"), Subquery(follows.order_by().values("member"))))
        | Q(OneOf(F("pk"), Subquery(suggested.order_by().values("member"))))
    )
    email = f"user__{get_user_model().get_email_field_name()}"
    same = FailingAddress.objects.filter(email=Lower(OuterRef(email)))
    return (
        Member.objects.filter(concerned)
        .annotate(
            follows=Exists(follows.filter(member=OuterRef("pk"))),
            place=Subquery(follows.filter(member=OuterRef("pk")).values("pk")[:1]),
            suggested=Exists(suggested.filter(member=OuterRef("pk"))),
            failing=Subquery(same.values("pk")[:1]),
        )
        .select_related("user", "role")
        .order_by("place", "pk")
    )
