"""Approve or decline a request to join an organization."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import JoinRequest, Role
from wagtail_portal.permissions import Actor, Verb

from ._guests import lock_shared_tickets
from ._join import join
from ._lock_organization import lock_organization
from .create_member import role_of_new_members, role_to_give


def approve_join_request(
    join_request: JoinRequest,
    *,
    by: Actor,
    role: Any = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Any:
    """Make the person a member, and return the member.

    :param role: None for the role of new members; if it gives no access, or a customer can't give
        it, for another one that they can give.
    :raises NotAllowed: unless ``by`` may manage this organization, and give this role.
    :raises Invalid: for a request that was declined.
    """
    by.require_management(join_request.organization)
    at = at or timezone.now()
    with transaction.atomic():
        lock_shared_tickets(join_request.user)
        organization = lock_organization(join_request.organization, by=by)
        by.require_management(organization)
        if role is None:
            new = role_of_new_members(organization)
            role = role_to_give([new, Role.objects.get(key=Role.MEMBER)], by=by)
        if not by.may_give(role):
            raise NotAllowed(Verb.ADD_MEMBER)
        _decide(join_request, by, at, approved=True)
        return join(
            "approve_join_request",
            join_request.user,
            organization,
            by=by,
            at=at,
            notify=notify,
            role=role,
            activated_at=at,
        )


def decline_join_request(
    join_request: JoinRequest, *, by: Actor, at: datetime | None = None
) -> None:
    """Decline the request. The person can't request to join again, but can be invited.

    :raises NotAllowed: unless ``by`` may manage this organization.
    :raises Invalid: for a request that was approved.
    """
    by.require_management(join_request.organization)
    at = at or timezone.now()
    with transaction.atomic():
        organization = lock_organization(join_request.organization, by=by)
        by.require_management(organization)
        if _decide(join_request, by, at, approved=False):
            record(organization, "decline_join_request", by=by, at=at)


def _decide(join_request: Any, by: Actor, at: datetime, *, approved: Any) -> bool:
    """Decide the request, and return False if the same was decided before."""
    waiting = JoinRequest.objects.waiting().filter(pk=join_request.pk)
    decided = waiting.update(decided_at=at, decided_by=by.user, approved=approved)
    found = JoinRequest.objects.filter(pk=join_request.pk).first()
    # It's deleted once the person is a member in another way.
    if found is None or found.approved != approved:
        raise Invalid(gettext("This request has already been decided."))
    return bool(decided)
