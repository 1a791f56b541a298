"""Change many tickets, each through the action for a single ticket and with the agent's permissions
of that moment."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.exceptions import ActionError, Invalid, NotAllowed
from wagtail_portal.models import BulkChange, State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb, tickets_for_team

from .assign import UNCHANGED, assign
from .change_fields import change_fields
from .change_status import change_status
from .close_ticket import close_ticket

#: What can be done to many tickets, and the permission it needs.
VERBS = {
    "assign": Verb.ASSIGN,
    "status": Verb.CHANGE,
    "close": Verb.CHANGE,
    "field": Verb.CHANGE,
}
#: How many problems are stored in words.
PROBLEMS_STORED = 50


def begin_bulk_change(*, by, verb: str, tickets, arguments: dict | None = None) -> BulkChange:
    """Store what's to be done and to which tickets, for :func:`continue_bulk_change`.

    :param verb: one of ``VERBS``.
    :param tickets: primary keys; those that ``by`` may not see are left out.
    :param arguments: plain values: ``assignee`` and ``group`` (primary keys or None), ``status``
        (a primary key), or ``values`` and ``urgency`` as in ``change_fields``.
    :raises NotAllowed: unless ``by`` is an agent with the permission for ``verb``.
    :raises Invalid: for more tickets than the settings allow.
    """
    by.require_team(VERBS[verb])
    if by.user is None:
        raise NotAllowed(VERBS[verb])
    keys = list(dict.fromkeys(tickets))
    if len(keys) > conf.BULK_MAX_TICKETS:
        words = gettext("You can change up to %(limit)d tickets at once. Filter the list first.")
        raise Invalid(words % {"limit": conf.BULK_MAX_TICKETS})
    tickets, visible = tickets_for_team(by.user), set()
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        visible.update(tickets.filter(pk__in=chunk).values_list("pk", flat=True))
    keys = [key for key in keys if key in visible]
    return BulkChange.objects.create(
        user=by.user, verb=verb, arguments=arguments or {}, tickets=keys, total=len(keys)
    )


def continue_bulk_change(bulk_change: BulkChange, *, most: int | None = None) -> BulkChange:
    """Change the tickets that are left, and return the bulk change.

    A ticket that is changed twice isn't changed further, so the process may die at any moment, and
    two processes may be at work.

    :param most: how many tickets to change now; None for all.
    """
    user = get_user_model()._default_manager.get(pk=bulk_change.user_id)
    by = Actor.for_agent(user)
    rest = bulk_change.tickets[bulk_change.position :]
    for key in rest[:most]:
        number, problem = _change(key, bulk_change, by)
        bulk_change.position += 1
        if problem:
            bulk_change.failed += 1
            problems = [*bulk_change.problems, [number, problem]]
            bulk_change.problems = problems[:PROBLEMS_STORED]
        else:
            bulk_change.changed += 1
        bulk_change.save(update_fields=["position", "changed", "failed", "problems"])
    if bulk_change.position >= bulk_change.total and bulk_change.finished_at is None:
        bulk_change.finished_at = timezone.now()
        bulk_change.save(update_fields=["finished_at"])
    return bulk_change


def _change(key, bulk_change, by) -> tuple[int | None, str]:
    """Change one ticket, and return its number and what went wrong, "" for nothing."""
    ticket = tickets_for_team(by.user).select_related("status").filter(pk=key).first()
    if ticket is None:
        return None, gettext("The ticket was deleted, or you no longer have access to it.")
    try:
        _CHANGES[bulk_change.verb](ticket, by, bulk_change.arguments)
    except NotAllowed:
        return ticket.number, gettext("You don’t have permission to do this.")
    except Invalid as error:
        words = [str(word) for found in error.errors.values() for word in _several(found)]
        return ticket.number, " ".join(words)
    except ActionError:
        return ticket.number, gettext("Something went wrong. Nothing was changed.")
    return ticket.number, ""


def _several(found) -> list:
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _assign(ticket: Ticket, by, given) -> None:
    wanted = {}
    for name, manager in (
        ("assignee", get_user_model()._default_manager),
        ("group", Group.objects),
    ):
        if name not in given:
            wanted[name] = UNCHANGED
        elif given[name] is None:
            wanted[name] = None
        else:
            wanted[name] = manager.filter(pk=given[name]).first()
            if wanted[name] is None:
                raise Invalid({name: gettext("This no longer exists.")})
    assign(ticket, by=by, **wanted)


def _change_status(ticket, by, given) -> None:
    status = Status.objects.filter(pk=given["status"]).first()
    if status is None:
        raise Invalid({"status": gettext("This no longer exists.")})
    change_status(ticket, by=by, status=status)


def _close(ticket, by, given) -> None:
    if Status.objects.first_of(State.CLOSED) is None:
        raise Invalid({"status": gettext("There is no closed status.")})
    close_ticket(ticket, by=by)


def _change_field(ticket, by, given) -> None:
    change_fields(ticket, by=by, values=given.get("values", {}), urgency=given.get("urgency"))


_CHANGES = {
    "assign": _assign,
    "status": _change_status,
    "close": _close,
    "field": _change_field,
}


def discard_bulk_changes(*, older_than: timedelta) -> int:
    """Delete the records of bulk changes that began that long ago, and return how many. What they
    changed stays in the history of each ticket."""
    begun = BulkChange.objects.filter(created_at__lt=timezone.now() - older_than)
    number, _by_model = begun.delete()
    return number
