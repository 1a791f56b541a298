"""What several actions do to a ticket and its conversation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf, signals
from wagtail_portal.actions._locks import for_update, reload_actor, share_organizations
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Conflict, Deleted, Invalid, Locked
from wagtail_portal.models import Member, Message, MessageKind, State, Status, Ticket
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import held_tickets, markup
from wagtail_portal.utils.held_tickets import HeldTickets

#: Characters of quoted text that are kept.
QUOTED_MAX_LENGTH = 100_000


#: Related objects that stay loaded while a ticket refers to them: actions only read them.
KEPT = ("site", "organization", "status")


def lock(*tickets: Ticket) -> None:
    """Lock the tickets' rows until the transaction ends, in the order of their primary keys, and
    reload them, except for those that are held.

    :raises Deleted: when one of them has been deleted.
    """
    held = held_tickets.current()
    new = [ticket for ticket in tickets if held is None or not held.holds(ticket)]
    for ticket in sorted(new, key=lambda row: row.pk):
        loaded = {
            name: getattr(ticket, name) for name in KEPT if name in ticket._state.fields_cache
        }
        try:
            ticket.refresh_from_db(from_queryset=for_update(Ticket.objects.all()))
        except Ticket.DoesNotExist as error:
            raise Deleted(ticket.number) from error
        for name, found in loaded.items():
            if found.pk == getattr(ticket, f"{name}_id"):
                setattr(ticket, name, found)
        if held is not None:
            held.release(ticket)
    if new:
        share_organizations(ticket.organization_id for ticket in new)


def lock_for(
    action: str,
    ticket: Ticket,
    *others: Ticket,
    by: Actor,
    verb: Verb | None = None,
    at: datetime | None = None,
) -> datetime:
    """Lock tickets for an action, then check that ``by`` may do it, and return its time: ``at``, or
    now.

    What's checked before the lock may have changed when the lock is released, and a time taken
    before it may be earlier than that of a change that was faster.

    :param action: the name of the action; what it may do to a locked ticket is decided by
        :meth:`~wagtail_portal.permissions.Actor.is_locked_out`.
    :param others: tickets that the action changes, too.
    :param verb: what ``by`` has to be allowed to do to each of the tickets.
    :raises Deleted: when one of them has been deleted.
    :raises NotAllowed: unless ``by`` may do ``verb``.
    :raises Locked: when the ticket was merged, or closed too long ago.
    """
    held = held_tickets.current()
    if held is None or held.actor is not by or not all(map(held.holds, (ticket, *others))):
        lock(ticket, *others)
        reload_actor(by)
        if held is not None:
            held.actor = by
    if verb is not None:
        for one in (ticket, *others):
            by.require(verb, one)
    at = at or timezone.now()
    if by.is_locked_out(action, ticket, at):
        raise Locked(ticket.number)
    return at


@contextmanager
def transaction_for(*tickets: Ticket) -> Iterator[None]:
    """Begin a transaction for an action that changes these tickets, unless it joins the one of an
    action that holds them."""
    held = held_tickets.current()
    with held_tickets.joining(False) as joins:
        if held is not None and joins:
            try:
                yield
            except BaseException:
                # The objects may have values that weren't saved.
                held.release(*tickets)
                raise
            return
        try:
            with held_tickets.holding(None), transaction.atomic():
                yield
        finally:
            if held is not None:
                # A receiver of a signal called the action.
                held.release()


@contextmanager
def holding(ticket: Ticket) -> Iterator[None]:
    """Begin a transaction as :func:`transaction_for` does, lock the ticket, and hold it, so that
    actions called in the block, in :func:`held_tickets.joining`, are part of the same one."""
    with transaction_for(ticket):
        held = held_tickets.current() or HeldTickets()
        with held_tickets.holding(held):
            lock(ticket)
            held.hold(ticket)
            yield


@contextmanager
def ticket_transaction(
    action: str, *tickets: Ticket, by: Actor, verb: Verb | None = None, at: datetime | None = None
) -> Iterator[datetime]:
    """Begin a transaction as :func:`transaction_for` does, and give what :func:`lock_for`
    returns."""
    with transaction_for(*tickets):
        yield lock_for(action, *tickets, by=by, verb=verb, at=at)


def clean_body(body: str, *, needed: bool) -> str:
    """Return the body of a message as it's stored.

    :raises Invalid: with the key ``body`` when it's too long, or empty although ``needed``.
    """
    body = markup.clean(body)
    if needed and not body:
        raise Invalid({"body": gettext("Write a message or attach a file.")})
    if len(body) > conf.MESSAGE_MAX_LENGTH:
        text = gettext(
            "The message is %(show_value)d characters long. The limit is %(limit_value)d."
        )
        sizes = {"show_value": len(body), "limit_value": conf.MESSAGE_MAX_LENGTH}
        raise Invalid({"body": text % sizes})
    return body


def write(
    ticket: Ticket,
    *,
    by: Actor,
    kind: Any,
    body: str,
    at: datetime,
    quoted: str = "",
    submission_key: UUID | None = None,
    member: Member | None = None,
) -> Message:
    """Add a message to a locked ticket and set it as its last one, without saving the ticket.

    :param quoted: what the author of an email quoted.
    """
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        from_team=by.is_team and member is None,
        author=member.user if member else by.user,
        member=member or by.member,
        body=body,
        quoted=markup.clean(quoted)[:QUOTED_MAX_LENGTH],
        created_at=at,
        submission_key=submission_key,
    )
    ticket.newest_message = message.pk
    if kind == MessageKind.REPLY:
        ticket.last_reply = message
    return message


#: The columns that change with the status.
STATUS_FIELDS = ["status", "closed_at", "waiting_since"]


def waits_on(status: Status) -> str:
    """Return the state that says who a ticket waits for: a new ticket waits on us, too."""
    return State.WAITING_ON_US if status.state == State.NEW else status.state


def set_status(ticket: Ticket, status: Status, at: datetime) -> tuple | None:
    """Set the ticket's status without saving it.

    :return: ``(old, new)``, or None if it has the status already.
    """
    old = ticket.status
    if status is None or status == old:
        return None
    ticket.status = status
    if status.is_closed:
        ticket.closed_at = ticket.closed_at or at
        ticket.waiting_since = None
    else:
        ticket.closed_at = None
        if ticket.waiting_since is None or waits_on(old) != waits_on(status):
            ticket.waiting_since = at
    return old, status


def record_status(
    ticket: Ticket,
    change: tuple[Status, Status],
    *,
    by: Actor,
    at: datetime,
    notify: bool,
    action: str = "change_status",
) -> None:
    """Log a change of status, and send the signal."""
    old, new = change
    record(ticket, action, by=by, at=at, old=old.key, new=new.key)
    signals.status_changed.send(
        sender=Ticket, ticket=ticket, old=old, new=new, by=by, notify=notify
    )


def refuse_conflicts(current: dict, original: dict, new: dict) -> None:
    """Keep a change from overwriting newer values of a locked ticket.

    :param original: the values that the change is based on, by name; those that aren't known are
        left out.
    :param new: the values that the change sets.
    :raises Conflict: with the current values that are neither the original nor the new one.
    """
    newer = {
        name: current[name]
        for name, known in original.items()
        if name in new and current[name] not in (known, new[name])
    }
    if newer:
        raise Conflict(newer)


def save(ticket: Ticket, at: datetime, *, seen_by_customers: bool, fields: Any = ()) -> None:
    """Save the changed fields of a locked ticket, the time of the change, and its new revision.
    Imported history never moves a ticket back in the lists.

    :param seen_by_customers: whether the change moves the ticket up in the customers' list.
    """
    changed = {"team_updated_at", "revision", "newest_message", *fields}
    ticket.team_updated_at = max(ticket.team_updated_at, at)
    ticket.revision += 1
    if seen_by_customers:
        ticket.updated_at = max(ticket.updated_at, at)
        ticket.shared_revision = ticket.revision
        changed |= {"updated_at", "shared_revision"}
    ticket.save(update_fields=changed)
