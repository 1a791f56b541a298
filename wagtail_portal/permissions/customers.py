"""Which customers and emails an agent may know of."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_portal.models import CustomerField, Member, Notification, Organization, ReceivedEmail
from wagtail_portal.utils.typing import User
from wagtail_portal.verbs import Verb

from .actor import Actor
from .scope import scope_of, tickets_for_team

#: The permissions on a model that include looking at its rows.
LOOKING = ("view", "change", "delete")


def emails_for_team(user: User, *, received: bool = False) -> Any:
    """Return the emails, sent or received, that ``user`` may see as an agent: those about tickets
    they may see, and, if they may see all tickets, those about no ticket."""
    emails = (ReceivedEmail if received else Notification).objects.all()
    verb = Verb.VIEW_RECEIVED_EMAIL if received else Verb.VIEW_EMAIL
    if not (user.is_active and user.has_perm(verb)):
        return emails.none()
    if Actor.for_agent(user).may_everywhere(Verb.VIEW):
        return emails
    return emails.filter(ticket__in=tickets_for_team(user))


def organizations_for_team(user: User) -> "QuerySet[Organization]":
    """Return the organizations that an agent may know of: those of tickets that they may see, and
    with a permission on organizations all, or those that their groups are limited to."""
    return _known(user, Organization.objects.all(), "pk", tickets="organization")


def members_for_team(user: User) -> "QuerySet[Member]":
    """Return the members whom an agent may know of: the requesters of tickets that they may see,
    and with a permission on members all, or those of organizations that their groups are limited
    to."""
    found = Member.objects.select_related("user", "organization")
    return _known(user, found, "organization", tickets="requester")


def _known(
    user: User, found: "QuerySet[Any]", organization: str, *, tickets: str
) -> "QuerySet[Any]":
    """Return those of ``found`` that an agent may know of.

    :param organization: the field with the organization.
    :param tickets: the field of tickets that refers to one of them.
    """
    scope = scope_of(user)
    allowed = ModelPermissionPolicy(found.model).user_has_any_permission(user, LOOKING)
    if allowed and scope is None:
        return found
    of_tickets = Exists(tickets_for_team(user).filter(**{tickets: OuterRef("pk")}))
    within = scope.organizations if allowed and scope else ()
    return found.filter(Q(**{f"{organization}__in": within}) | Q(of_tickets))


def customer_fields_for_team(user: User) -> "list[CustomerField]":
    """Return the fields of organizations and members in use that an agent may see in the listing:
    none if their groups are limited by site or form, because then they see tickets of customers
    whose values are out of reach."""
    scope = scope_of(user)
    return [] if scope and (scope.sites or scope.forms) else CustomerField.in_use()
