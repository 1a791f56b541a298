"""Agents who are notified of what happens to their tickets."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Actor, Verb, with_access_to_all
from wagtail_portal.utils.prepared import prepared


def assignee_of(ticket: Ticket) -> Any:
    """Return the agent the ticket is assigned to, or None."""
    if ticket.assignee_id is not None and not Ticket.assignee.is_cached(ticket):
        [ticket.assignee] = _agent(ticket.assignee_id)
    return ticket.assignee


@prepared
def _agent(pk: Any) -> QuerySet:
    return with_access_to_all(get_user_model()._base_manager.filter(pk=pk)).order_by()


def group_members(group_id: int) -> QuerySet:
    """Return the active users in a group."""
    users = get_user_model()._default_manager.filter(groups=group_id, is_active=True)
    return with_access_to_all(users).order_by("pk")


def can_be_reached(agent: Any, ticket: Ticket) -> bool:
    """Return whether an email about the ticket reaches an agent: they weren't deactivated, may see
    the ticket, and have an email address."""
    if not (agent.is_active and getattr(agent, agent.get_email_field_name())):
        return False
    # Loaded with most agents, for whom it saves three queries. The outbox asks again.
    sees_all = getattr(agent, "sees_all_tickets", False)
    return sees_all or Actor.for_agent(agent).may(Verb.VIEW, ticket)
