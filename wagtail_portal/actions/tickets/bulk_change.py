"""Change many tickets, each through the action for a single ticket and with the agent's permissions
of that moment."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions.background._runs import continue_run
from wagtail_portal.exceptions import Deleted, Invalid, NotAllowed
from wagtail_portal.models import BulkChange, UndoStep
from wagtail_portal.permissions import Actor, Verb, tickets_for_team
from wagtail_portal.utils.rows import delete_some

from ._bulk_verbs import VERBS, Step
from ._ticket import KEPT


def begin_bulk_change(
    *, by: Actor, verb: str, tickets: QuerySet, arguments: dict | None = None
) -> BulkChange:
    """Store what's to be done and to which tickets, for :func:`continue_bulk_change`.

    :param verb: one of ``VERBS``.
    :param tickets: primary keys; those that ``by`` may not see are left out.
    :param arguments: plain values: ``assignee`` and ``group`` (primary keys or None), ``status``
        (a primary key), ``values`` and ``urgency`` as in ``change_fields``, ``message`` (its
        ``kind``, ``"reply"`` or ``"note"``, and ``body``, with placeholders of saved replies); or
        ``saved_reply`` (a primary key) and ``kind``.
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
    visible: set[int] = set()
    tickets = tickets_for_team(by.user)
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

    def step(by: Actor, key: str) -> Any:
        tickets = tickets_for_team(by.user).select_related(*KEPT)
        ticket = tickets.filter(pk=key).first()
        gone = Invalid(gettext("The ticket was deleted, or you no longer have access to it."))
        if ticket is None:
            raise gone

        def change() -> None:
            try:
                VERBS[bulk_change.verb][1](Step(ticket, by, bulk_change))
            except Deleted as error:
                raise gone from error

        return ticket.number, change

    found = continue_run(bulk_change, step, most=most)
    if found.finished_at is not None and "message" in found.arguments:
        # From now on, it's only in the tickets, and deleted with them.
        found.arguments = {**found.arguments, "message": None}
        found.save(update_fields=["arguments"])
    return found


def begin_undo(bulk_change: BulkChange, *, by: Actor) -> BulkChange:
    """Stop a bulk change, and return another one that undoes what it did, for
    :func:`continue_bulk_change`.

    :raises NotAllowed: unless ``by`` began it.
    :raises Invalid: if there's nothing that can still be undone.
    """
    by.require_team(Verb.VIEW)
    if by.user is None or bulk_change.user_id != by.user.pk:
        raise NotAllowed(Verb.VIEW)
    with transaction.atomic():
        runs = BulkChange.objects.select_for_update().filter(pk=bulk_change.pk)
        for run in runs.filter(finished_at=None):
            run.finished_at, run.tickets = timezone.now(), []
            if "message" in run.arguments:
                run.arguments = {**run.arguments, "message": None}
            run.save(update_fields=["finished_at", "tickets", "arguments"])
        steps = UndoStep.objects.open_for(by.user).filter(bulk_change=bulk_change)
        keys = sorted(set(steps.values_list("ticket", flat=True)))
        if not keys:
            raise Invalid(gettext("It’s too late to undo this."))
        arguments = {"of": bulk_change.pk}
        return BulkChange.objects.create(
            user=by.user, verb="undo", arguments=arguments, tickets=keys, total=len(keys)
        )


def discard_bulk_changes(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete the records of bulk changes that began that long ago, and return how many. What they
    changed stays in the history of each ticket.

    :param most: how many to delete now; None for all.
    """
    old = BulkChange.objects.filter(created_at__lt=timezone.now() - older_than)
    return delete_some(old, most)
