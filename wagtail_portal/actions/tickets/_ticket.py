"""What several actions do to a ticket and its conversation."""

from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf, signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, Locked
from wagtail_portal.models import Message, MessageKind, State, Status, Ticket
from wagtail_portal.utils import markup


def lock(ticket: Ticket) -> None:
    """Reload the ticket and hold its row until the transaction ends."""
    ticket.refresh_from_db(from_queryset=Ticket.objects.select_for_update())


def lock_for(action: str, ticket: Ticket, *, by, at=None) -> None:
    """Lock the ticket's row for an action, unless the ticket itself is locked to it.

    :param action: the name of the action; what it may do to a locked ticket is decided by
        :meth:`~wagtail_portal.permissions.Actor.is_locked_out`.
    :raises Locked: when the ticket was merged, or closed too long ago.
    """
    lock(ticket)
    if by.is_locked_out(action, ticket, at):
        raise Locked(ticket.number)


@contextmanager
def ticket_transaction(action: str, ticket: Ticket, *, by, at=None):
    """Begin a transaction, lock the ticket's row as :func:`lock_for` does, and give the time of the
    action: ``at``, or now."""
    at = at or timezone.now()
    with transaction.atomic():
        lock_for(action, ticket, by=by, at=at)
        yield at


def clean_body(body: str, *, needed: bool) -> str:
    """Return the body of a message as it's stored.

    :raises Invalid: with the key ``body`` when it's too long, or empty although ``needed``.
    """
    body = markup.clean(body)
    if needed and not body:
        raise Invalid({"body": gettext("Write a message or attach a file.")})
    if len(body) > conf.MESSAGE_MAX_LENGTH:
        text = gettext("The message is %(length)d characters long. The limit is %(limit)d.")
        raise Invalid({"body": text % {"length": len(body), "limit": conf.MESSAGE_MAX_LENGTH}})
    return body


def write(ticket, *, by, kind, body, at, submission_key=None, member=None) -> Message:
    """Add a message and set it as the ticket's last reply, without saving the ticket."""
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        from_team=by.is_team and member is None,
        author=member.user if member else by.user,
        member=member or by.member,
        body=body,
        created_at=at,
        submission_key=submission_key,
    )
    if kind == MessageKind.REPLY:
        ticket.last_reply = message
    return message


#: The columns that change with the status.
STATUS_FIELDS = ["status", "closed_at", "waiting_since"]


def waits_on(status) -> str:
    """Return the state that says who a ticket waits for: a new ticket waits on us, too."""
    return State.WAITING_ON_US if status.state == State.NEW else status.state


def set_status(ticket, status, at) -> tuple | None:
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
    ticket, change: tuple[Status, Status], *, by, at, notify: bool, action: str = "change_status"
) -> None:
    """Log a change of status, and send the signal."""
    old, new = change
    record(ticket, action, by=by, at=at, old=old.snapshot(), new=new.snapshot())
    signals.status_changed.send(
        sender=Ticket, ticket=ticket, old=old, new=new, by=by, notify=notify
    )


def save(ticket, at, *, seen_by_customers: bool, fields=()) -> None:
    """Save the changed fields and the time of the change. Imported history never moves a ticket
    back in the lists.

    :param seen_by_customers: whether the change moves the ticket up in the customers' list.
    """
    changed = {"team_updated_at", *fields}
    ticket.team_updated_at = max(ticket.team_updated_at, at)
    if seen_by_customers:
        ticket.updated_at = max(ticket.updated_at, at)
        changed.add("updated_at")
    ticket.save(update_fields=changed)
