"""What can be done to many tickets: how each verb changes one of them."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    BulkChange,
    SavedReply,
    Status,
    Ticket,
    UndoStep,
    placeholder_values,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import held_tickets

from .answer_ticket import answer_ticket
from .undo import undo


@dataclass(frozen=True)
class Step:
    """One ticket of a bulk change."""

    ticket: Ticket
    by: Actor
    bulk_change: BulkChange

    @property
    def given(self) -> dict:
        """The arguments of the bulk change, as plain values."""
        return self.bulk_change.arguments


def _find(step: Step, name: str, manager: Any, pk: Any) -> Any:
    """Return the row with this primary key.

    :raises Invalid: with the key ``name`` if it was deleted.
    """
    rows = manager.filter(pk=pk)
    found = held_tickets.shared((name, pk), step.ticket, lambda tickets: rows.first())
    if found is None:
        raise Invalid({name: gettext("This no longer exists.")})
    return found


def _update(step: Step) -> None:
    """Change several attributes, and send a message."""
    given = step.given
    arguments: dict[str, Any] = {}
    if "status" in given:
        status = _find(step, "status", Status.objects, given["status"])
        arguments["status"] = {"status": status}
    users, groups = get_user_model()._default_manager, Group.objects
    assignment: dict[str, Any] = {}
    for name, manager in (("assignee", users), ("group", groups)):
        if name in given:
            pk = given[name]
            assignment[name] = None if pk is None else _find(step, name, manager, pk)
    if assignment:
        arguments["assignment"] = assignment
    if given.get("values") or given.get("urgency"):
        arguments["fields"] = {
            "values": given.get("values", {}),
            "urgency": given.get("urgency"),
        }
    message = given.get("message")
    if message:
        values = placeholder_values(step.ticket, step.by.user)
        body = SavedReply(text=message["body"]).fill(values)
        arguments |= {message["kind"]: {"body": body}}
    _answer(step, arguments)


def _verb_of(name: str) -> Verb:
    """Return what one needs to be allowed to do for a change of a saved reply."""
    return Verb.ASSIGN if name in ("assignee", "group") else Verb.CHANGE


def _use_saved_reply(step: Step) -> None:
    """Send a saved reply in the language of the ticket, and change what it changes, of what the
    agent may change."""
    given = step.given
    replies = SavedReply.objects.for_agent(step.by.user)
    chosen = _find(step, "saved_reply", replies, given["saved_reply"])
    found = chosen.in_language(step.ticket.language)
    changes = chosen.changes_by(step.by.user)
    arguments = SavedReply.as_arguments(
        {name: value for name, value in changes.items() if step.by.may(_verb_of(name))}
    )
    if found.text:
        message = {"body": found.fill_for(step.ticket, step.by.user), "saved_replies": [found.pk]}
        arguments[given.get("kind", "reply")] = message
    _answer(step, arguments)


def _answer(step: Step, arguments: dict) -> None:
    if "reply" in arguments and "status" in arguments:
        # Otherwise, the reply would change the status once more.
        arguments["reply"] |= arguments.pop("status")
    answer_ticket(step.ticket, by=step.by, bulk_change=step.bulk_change, **arguments)


def _close(step: Step) -> None:
    answer_ticket(step.ticket, by=step.by, bulk_change=step.bulk_change, close=True)


def _undo(step: Step) -> None:
    """Undo what another bulk change did to the ticket."""
    steps = UndoStep.objects.filter(bulk_change=step.given["of"], ticket=step.ticket)
    if (found := steps.first()) is None:
        raise Invalid(gettext("It’s too late to undo this."))
    undo(found, by=step.by)


#: What can be done to many tickets: the permission it needs, and the function for one ticket. All
#: arguments of ``assign``, ``status`` and ``field`` are also arguments of ``update``.
VERBS = {
    "assign": (Verb.ASSIGN, _update),
    "status": (Verb.CHANGE, _update),
    "field": (Verb.CHANGE, _update),
    "update": (Verb.CHANGE, _update),
    "saved_reply": (Verb.REPLY, _use_saved_reply),
    "close": (Verb.CHANGE, _close),
    "undo": (Verb.VIEW, _undo),
}
