"""Change many tickets, each through the action for a single ticket and with the agent's permissions
of that moment."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions.background._runs import continue_run
from wagtail_portal.exceptions import Deleted, Invalid
from wagtail_portal.models import BulkChange, Status
from wagtail_portal.permissions import Verb, tickets_for_team
from wagtail_portal.utils.rows import delete_some

from .assign import assign
from .change_fields import change_fields
from .change_status import change_status, close_ticket


def _find(name: str, manager, pk):
    """Return the row with this primary key.

    :raises Invalid: with the key ``name`` if it was deleted.
    """
    if (found := manager.filter(pk=pk).first()) is None:
        raise Invalid({name: gettext("This no longer exists.")})
    return found


def _assign(ticket, by, given) -> None:
    wanted = {}
    users, groups = get_user_model()._default_manager, Group.objects
    for name, manager in (("assignee", users), ("group", groups)):
        if name in given:
            pk = given[name]
            wanted[name] = None if pk is None else _find(name, manager, pk)
    assign(ticket, by=by, **wanted)


def _change_status(ticket, by, given) -> None:
    status = _find("status", Status.objects, given["status"])
    change_status(ticket, by=by, status=status)


def _close(ticket, by, given) -> None:
    close_ticket(ticket, by=by)


def _change_fields(ticket, by, given) -> None:
    change_fields(ticket, by=by, values=given.get("values", {}), urgency=given.get("urgency"))


#: What can be done to many tickets: the permission it needs, and the function for one ticket.
VERBS = {
    "assign": (Verb.ASSIGN, _assign),
    "status": (Verb.CHANGE, _change_status),
    "close": (Verb.CHANGE, _close),
    "field": (Verb.CHANGE, _change_fields),
}


def begin_bulk_change(*, by, verb: str, tickets, arguments: dict | None = None) -> BulkChange:
    """Store what's to be done and to which tickets, for :func:`continue_bulk_change`.

    :param verb: one of ``VERBS``.
    :param tickets: primary keys; those that ``by`` may not see are left out.
    :param arguments: plain values: ``assignee`` and ``group`` (primary keys or None), ``status``
        (a primary key), or ``values`` and ``urgency`` as in ``change_fields``.
    :raises NotAllowed: unless ``by`` is an agent with the permissions to view tickets and for
        ``verb``.
    :raises Invalid: for more tickets than the settings allow, and for none.
    """
    permission, _change_one = VERBS[verb]
    by.require_team(permission)
    by.require_team(Verb.VIEW)
    by.require_user(permission)
    keys = list(dict.fromkeys(tickets))
    if len(keys) > conf.BULK_MAX_TICKETS:
        text = gettext("You can change up to %(limit)d tickets at once. Filter the list first.")
        raise Invalid(text % {"limit": conf.BULK_MAX_TICKETS})
    tickets, visible = tickets_for_team(by.user), set()
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        visible.update(tickets.filter(pk__in=chunk).values_list("pk", flat=True))
    keys = [key for key in keys if key in visible]
    if not keys:
        raise Invalid(gettext("None of these tickets can be changed. Select tickets in the list."))
    return BulkChange.objects.create(
        user=by.user, verb=verb, arguments=arguments or {}, tickets=keys, total=len(keys)
    )


def continue_bulk_change(bulk_change: BulkChange, *, most: int | None = None) -> BulkChange:
    """Change the tickets that are left, and return the bulk change. No ticket is changed twice when
    the process dies or two are at work.

    :param most: how many tickets to change now; None for all.
    """

    def step(by, key):
        ticket = tickets_for_team(by.user).select_related("status").filter(pk=key).first()
        gone = Invalid(gettext("The ticket was deleted, or you no longer have access to it."))
        if ticket is None:
            raise gone

        def change():
            try:
                VERBS[bulk_change.verb][1](ticket, by, bulk_change.arguments)
            except Deleted as error:
                raise gone from error

        return ticket.number, change

    return continue_run(bulk_change, step, most=most)


def discard_bulk_changes(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete the records of bulk changes that began that long ago, and return how many. What they
    changed stays in the history of each ticket.

    :param most: how many to delete now; None for all.
    """
    old = BulkChange.objects.filter(created_at__lt=timezone.now() - older_than)
    return delete_some(old, most)
