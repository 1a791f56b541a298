"""Change many tickets, each through the action for a single ticket and with the agent's permissions
of that moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions._locks import for_update, reload_actor, share_organizations
from wagtail_portal.actions.background._runs import continue_run, update_run
from wagtail_portal.exceptions import Deleted, Invalid, NotAllowed
from wagtail_portal.models import BulkChange, Member, Ticket, UndoStep
from wagtail_portal.permissions import Actor, Verb, tickets_for_team, with_access_to_all
from wagtail_portal.utils import held_tickets
from wagtail_portal.utils.held_tickets import HeldTickets
from wagtail_portal.utils.rows import delete_some

from ._bulk_verbs import VERBS, Step
from ._ticket import KEPT

#: How many tickets are changed in one transaction. Others wait for all of them.
SIZE = 50
#: Verbs that write messages or delete what was written, for one ticket in each transaction.
WRITING = {"saved_reply", "undo"}


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

    _permission, change_one = VERBS[bulk_change.verb]
    writes = bulk_change.verb in WRITING or bool(bulk_change.arguments.get("message"))
    held, tickets = HeldTickets(), {}

    @contextmanager
    def hold(by: Actor, keys: list) -> Iterator[None]:
        nonlocal held, tickets
        tickets = _locked(keys, by)
        held = HeldTickets(tickets.values(), is_bulk=not writes, actor=by)
        with held_tickets.holding(held):
            yield
            held.create_rows()

    def step(by: Actor, key: Any) -> Any:
        ticket = tickets.get(key)
        gone = Invalid(gettext("The ticket was deleted, or you no longer have access to it."))
        if ticket is None or not by.may(Verb.VIEW, ticket):
            raise gone

        def change() -> None:
            try:
                with held.dropping_rows(), held_tickets.joining():
                    change_one(Step(ticket, by, bulk_change))
            except Deleted as error:
                raise gone from error

        return ticket.number, change

    found = continue_run(bulk_change, step, most=most, size=1 if writes else SIZE, together=hold)
    if found.finished_at is not None and "message" in found.arguments:
        # From now on, it's only in the tickets, and deleted with them.
        update_run(found, arguments={**found.arguments, "message": None})
    return found


def _locked(keys: list, by: Actor) -> dict[int, Ticket]:
    """Lock tickets, read again what ``by`` may do, and return the tickets that exist by primary
    key, with what actions read of each of them."""
    tickets = list(for_update(Ticket.objects.filter(pk__in=keys)))
    share_organizations(ticket.organization_id for ticket in tickets)
    reload_actor(by)
    requesters = Member.objects.select_related("user", "role", "organization")
    agents = with_access_to_all(get_user_model()._base_manager.all())
    of_ticket = (Prefetch("requester", requesters), Prefetch("assignee", agents))
    prefetch_related_objects(tickets, *KEPT, "group", *of_ticket)
    return {ticket.pk: ticket for ticket in tickets}


def begin_undo(bulk_change: BulkChange, *, by: Actor) -> BulkChange:
    """Stop a bulk change, and return another one that undoes what it did, for
    :func:`continue_bulk_change`. If that one is still running, or has undone everything, it's
    returned again.

    :raises NotAllowed: unless ``by`` began it.
    :raises Invalid: if there's nothing that can still be undone.
    """
    by.require_team(Verb.VIEW)
    if by.user is None or bulk_change.user_id != by.user.pk:
        raise NotAllowed(Verb.VIEW)
    with transaction.atomic():
        # Locked even if it's finished, so that it isn't undone twice at once.
        runs = list(BulkChange.objects.select_for_update().filter(pk=bulk_change.pk))
        for run in (run for run in runs if run.finished_at is None):
            run.finished_at, run.tickets = timezone.now(), []
            if "message" in run.arguments:
                run.arguments = {**run.arguments, "message": None}
            run.save(update_fields=["finished_at", "tickets", "arguments"])
        steps = UndoStep.objects.open_for(by.user).filter(bulk_change=bulk_change)
        keys = sorted(set(steps.values_list("ticket", flat=True)))
        arguments = {"of": bulk_change.pk}
        begun = BulkChange.objects.filter(user=by.user, verb="undo", arguments=arguments)
        before = begun.order_by("pk").last()
        if before is not None and (before.finished_at is None or not (keys or before.failed)):
            return before
        if not keys:
            raise Invalid(gettext("It’s too late to undo this."))
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
