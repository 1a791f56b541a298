"""Many tickets are changed: each one through the same action as a single ticket, with the rights
that whoever asked for it has at that moment."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.exceptions import ActionError, Invalid, NotAllowed
from wagtail_portal.models import BulkRun, State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb, tickets_for_team

from .assign import UNCHANGED, assign
from .change_fields import change_fields
from .change_status import change_status

#: What can be done to many tickets, and the right that it takes.
VERBS = {
    "assign": Verb.ASSIGN,
    "status": Verb.CHANGE,
    "close": Verb.CHANGE,
    "field": Verb.CHANGE,
}
#: So many of what went wrong are kept in words.
PROBLEMS_KEPT = 50


def begin_bulk_change(*, by, verb: str, tickets, arguments: dict | None = None) -> BulkRun:
    """Keep what is to be done, and to which tickets; :func:`continue_bulk_change` does it.

    :param verb: one of ``VERBS``.
    :param tickets: primary keys. Those that ``by`` may not see are left out.
    :param arguments: plain values: ``assignee`` and ``group`` (primary keys or None), ``status``
        (a primary key), or ``values`` and ``urgency`` as ``change_fields`` takes them.
    :raises NotAllowed: unless ``by`` is one of the team with the right for ``verb``.
    :raises Invalid: for more tickets than the settings allow.
    """
    by.require(VERBS[verb])
    if by.user is None or not by.is_team:
        raise NotAllowed(VERBS[verb])
    keys = list(dict.fromkeys(tickets))
    if len(keys) > conf.BULK_MAX_TICKETS:
        words = gettext("Up to %(limit)d tickets can be changed at once. Filter the list.")
        raise Invalid(words % {"limit": conf.BULK_MAX_TICKETS})
    visible = tickets_for_team(by.user)
    seen = set()
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        seen.update(visible.filter(pk__in=chunk).values_list("pk", flat=True))
    keys = [key for key in keys if key in seen]
    return BulkRun.objects.create(
        user=by.user, verb=verb, arguments=arguments or {}, tickets=keys, total=len(keys)
    )


def continue_bulk_change(run: BulkRun, *, most: int | None = None) -> BulkRun:
    """Do what is left of it, or ``most`` tickets of that. To do one twice changes nothing more,
    so that a process may die at any moment, and two may be at work."""
    user = get_user_model()._default_manager.get(pk=run.user_id)
    by = Actor.for_agent(user)
    rest = run.tickets[run.position :]
    for key in rest[:most]:
        number, problem = _change(key, run, by)
        run.position += 1
        if problem:
            run.failed += 1
            run.problems = [*run.problems, [number, problem]][:PROBLEMS_KEPT]
        else:
            run.changed += 1
        run.save(update_fields=["position", "changed", "failed", "problems"])
    if run.position >= run.total and run.finished_at is None:
        run.finished_at = timezone.now()
        run.save(update_fields=["finished_at"])
    return run


def _change(key, run, by) -> tuple[int | None, str]:
    """The number of the ticket, and what went wrong; "" for nothing."""
    ticket = tickets_for_team(by.user).select_related("status").filter(pk=key).first()
    if ticket is None:
        return None, gettext("The ticket is gone, or not for you to see any more.")
    try:
        _ACTS[run.verb](ticket, by, run.arguments)
    except NotAllowed:
        return ticket.number, gettext("You have no right to do this.")
    except Invalid as error:
        words = [str(word) for found in error.errors.values() for word in _several(found)]
        return ticket.number, " ".join(words)
    except ActionError:
        return ticket.number, gettext("This could not be done.")
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
                raise Invalid({name: gettext("This is not there any more.")})
    assign(ticket, by=by, **wanted)


def _status(ticket, by, given) -> None:
    status = Status.objects.filter(pk=given["status"]).first()
    if status is None:
        raise Invalid({"status": gettext("This is not there any more.")})
    change_status(ticket, by=by, status=status)


def _close(ticket, by, given) -> None:
    status = Status.objects.first_of(State.CLOSED)
    if status is None:
        raise Invalid({"status": gettext("There is no status for closed tickets.")})
    if not ticket.status.is_closed:
        change_status(ticket, by=by, status=status)


def _field(ticket, by, given) -> None:
    change_fields(ticket, by=by, values=given.get("values", {}), urgency=given.get("urgency"))


_ACTS = {"assign": _assign, "status": _status, "close": _close, "field": _field}


def discard_bulk_runs(*, older_than: timedelta) -> int:
    """Forget changes of many tickets that began so long ago; returns how many. What they did is
    in the history of each ticket."""
    begun = BulkRun.objects.filter(created_at__lt=timezone.now() - older_than)
    number, _by_model = begun.delete()
    return number
