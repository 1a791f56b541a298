"""Who may see and do what: one policy for members, one for the team.

Actions and pages ask :class:`Actor`; the Wagtail admin asks the policies in
:mod:`wagtail_portal.desk.policies`, which call the same functions. Staff privileges and portal
membership never mix: an actor is one or the other.
"""

from wagtail_portal.verbs import Verb

from .actor import (
    Actor,
    has_access,
    inviter_may_invite,
    members_to_view_as,
    sees_organization,
    sees_ticket,
)
from .customers import (
    customer_fields_for_team,
    emails_for_team,
    members_for_team,
    organizations_for_team,
)
from .scope import agent_groups, agents, tickets_for_team, with_access_to_all

__all__ = [
    "Actor",
    "Verb",
    "agent_groups",
    "agents",
    "customer_fields_for_team",
    "emails_for_team",
    "has_access",
    "inviter_may_invite",
    "members_for_team",
    "members_to_view_as",
    "organizations_for_team",
    "sees_organization",
    "sees_ticket",
    "tickets_for_team",
    "with_access_to_all",
]
