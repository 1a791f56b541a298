"""Assign a ticket to an agent, to a group of the team, or to no one."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Ticket, display_name
from wagtail_portal.permissions import Actor, Verb, agent_groups
from wagtail_portal.utils import held_tickets
from wagtail_portal.utils.typing import User

from ._ticket import refuse_conflicts, save, ticket_transaction

#: The default of arguments for which None means no one.
UNCHANGED = object()


def assign(
    ticket: Ticket,
    *,
    by: Actor,
    assignee: User = UNCHANGED,
    group: Any = UNCHANGED,
    original: dict | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Assign the ticket and return it. An argument that isn't given leaves its part unchanged.

    :param assignee: a user, or None for no one.
    :param group: a group, or None for no group.
    :param original: the ``assignee`` and the ``group`` that the change is based on. One that's
        another one by now isn't overwritten.
    :raises NotAllowed: unless ``by`` may assign the ticket.
    :raises Invalid: with the key ``assignee`` for a user who may not reply to the ticket, or
        ``group`` for a group that may not reply to tickets.
    :raises Conflict: with the current ``assignee`` or ``group``.
    """
    with ticket_transaction("assign", ticket, by=by, verb=Verb.ASSIGN, at=at) as at:
        old, old_group = ticket.assignee, ticket.group
        new = old if assignee is UNCHANGED else assignee
        new_group = old_group if group is UNCHANGED else group
        refuse_conflicts(
            {"assignee": old, "group": old_group},
            original or {},
            {"assignee": new, "group": new_group},
        )
        data: dict[str, str | None] = {}
        fields = []
        if new != old:
            _check_agent(ticket, new)
            ticket.assignee = new
            fields.append("assignee")
            data |= {"old": _name(old), "new": _name(new)}
        if new_group != old_group:
            _check_group(ticket, new_group)
            ticket.group = new_group
            fields.append("group")
            data |= {
                "old_group": old_group.name if old_group else None,
                "new_group": new_group.name if new_group else None,
            }
        if fields:
            save(ticket, at, seen_by_customers=False, fields=fields)
            record(ticket, "assign", by=by, at=at, **data)
            signals.ticket_assigned.send(
                sender=Ticket,
                ticket=ticket,
                old=old,
                new=new,
                old_group=old_group,
                new_group=new_group,
                by=by,
                notify=notify,
            )
    return ticket


def record_first_assignee(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Log that a ticket without an assignee was assigned to ``by``."""
    record(ticket, "assign", by=by, at=at, old=None, new=_name(by.user))


def agent_may_have(ticket: Ticket, user: User) -> bool:
    """Return whether the ticket can be assigned to a user."""
    return user is None or Actor.for_agent(user).may(Verb.REPLY, ticket)


def group_may_have(ticket: Ticket, group: Group | None) -> bool:
    """Return whether the ticket can be assigned to a group."""
    return group is None or held_tickets.shared(
        ("may reply", group.pk),
        ticket,
        lambda tickets: agent_groups().filter(pk=group.pk).exists(),
    )


def _check_agent(ticket: Ticket, user: User) -> None:
    if not agent_may_have(ticket, user):
        raise Invalid({"assignee": gettext("This person isn’t allowed to reply to the ticket.")})


def _check_group(ticket: Ticket, group: Group | None) -> None:
    if not group_may_have(ticket, group):
        raise Invalid(
            {"group": gettext("The members of this group aren’t allowed to reply to tickets.")}
        )


def _name(user: User) -> str | None:
    return display_name(user, from_team=True) if user else None
