"""Undo a reply before its email is sent, or what a bulk change did to a ticket."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import search, signals
from wagtail_portal.actions._locks import for_update
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Conflict, Invalid, NotAllowed
from wagtail_portal.fields.files import kept_value
from wagtail_portal.models import (
    Attachment,
    Delivery,
    Message,
    Notification,
    Status,
    Ticket,
    TicketLogEntry,
    TicketReadState,
    UndoStep,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.rows import delete_some

from ._snapshot import put_back, unchanged_since
from ._ticket import save, ticket_transaction
from .assign import agent_may_have, group_may_have
from .update_ticket import update_ticket

#: How long the text of an undone reply is kept for the composer.
KEPT_FOR = timedelta(days=1)


def undo(step: UndoStep, *, by: Actor, at: datetime | None = None, notify: bool = True) -> UndoStep:
    """Undo one step, and return it.

    A message is deleted. Its text and files are kept with the step, for the composer, and the
    ticket gets back what changed with it, as long as no one has changed it again. Of a bulk
    change without a message, each change is made the other way round.

    :raises NotAllowed: unless ``by`` did it, and may still see the ticket.
    :raises Deleted: when the ticket has been deleted.
    :raises Locked: when the ticket was merged.
    :raises Invalid: if it's too late: an email was sent, a customer has read the reply, someone has
        replied, or changed the same as the bulk change.
    """
    ticket: Ticket = step.ticket
    with ticket_transaction("undo", ticket, by=by, verb=Verb.VIEW, at=at) as at:
        if by.user is None or step.user_id != by.user.pk:
            raise NotAllowed(Verb.REPLY)
        # Locked together with its ticket.
        found = UndoStep.objects.select_related("message").filter(pk=step.pk).first()
        if found is None or found.expires_at <= at:
            raise Invalid(gettext("It’s too late to undo this."))
        if not found.is_open:
            # It was undone before.
            return found
        is_unsent = _take_emails_back(found, at)
        if found.message is None:
            _change_back(found, ticket, by=by, at=at, notify=notify and not is_unsent)
            return found
        if not (found.message.is_note and is_unsent):
            _require_unseen(found, ticket, is_unsent=is_unsent)
        _withdraw(found, ticket, by=by, at=at, notify=notify)
    return found


def discard_undo_steps(*, at: datetime | None = None, most: int | None = None) -> int:
    """Delete what can no longer be undone, and return how many.

    :param most: how many to delete now; None for all.
    """
    old = UndoStep.objects.filter(expires_at__lte=at or timezone.now())
    return delete_some(old, most)


def _take_emails_back(step: UndoStep, now: datetime) -> bool:
    """Delete the emails that are held back, and return whether none of them has been sent, or is
    just being sent. Then none is deleted.

    A process that's about to claim one waits for this transaction, and finds nothing.
    """
    rows = list(for_update(Notification.objects.filter(batch=cast(UUID, step.batch))))
    waiting = (Delivery.DUE, Delivery.DIGEST)
    for row in rows:
        if row.state not in waiting or (row.claimed_until and row.claimed_until > now):
            return False
    Notification.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return True


def _require_unseen(step: UndoStep, ticket: Ticket, *, is_unsent: bool) -> None:
    if not is_unsent:
        raise Invalid(gettext("The email has already been sent."))
    if ticket.last_reply_id != step.message_id:
        raise Invalid(gettext("Someone has replied since."))
    readers = TicketReadState.objects.filter(ticket=ticket, member__isnull=False)
    if readers.filter(read_until__gte=step.message_id).exists():
        raise Invalid(gettext("A customer has already read the reply."))


def _withdraw(step: UndoStep, ticket: Ticket, *, by: Actor, at: datetime, notify: bool) -> None:
    message = cast(Message, step.message)
    files = Attachment.objects.filter(message=message)
    kept = [kept_value(file) for file in files]
    columns = put_back(ticket, step.before, unchanged_since(ticket, step.after))
    # As if they had just been uploaded.
    files.update(message=None, uploader=by.user, created_at=at)
    if step.bulk_change_id is None:
        step.form = {"body": [message.body], **step.form, "attachments-kept": kept}
        step.message, step.batch, step.expires_at = None, None, at + KEPT_FOR
        step.save(update_fields=["form", "message", "batch", "expires_at"])
    # Nothing of it has left, so the history doesn't say that it had been sent.
    TicketLogEntry.objects.filter(ticket=ticket, pk__in=step.entries).delete()
    # The last reply is another one by now.
    ticket.save(update_fields=["last_reply"])
    pk = message.pk
    # Of a bulk change, the step is deleted with it.
    message.delete()
    newest = ticket.messages.order_by("-pk").values_list("pk", flat=True).first()
    ticket.newest_message = newest or 0
    updated_at = ticket.updated_at
    save(ticket, at, seen_by_customers=True, fields=columns)
    if "updated_at" in columns:
        ticket.updated_at = updated_at
        ticket.save(update_fields=["updated_at"])
    search.backend().put([ticket])
    record(ticket, "undo", by=by, at=at)
    signals.message_withdrawn.send(sender=Message, ticket=ticket, message=pk, by=by, notify=notify)


def _change_back(step: UndoStep, ticket: Ticket, *, by: Actor, at: datetime, notify: bool) -> None:
    before, after = step.before, step.after
    arguments: dict = {}
    old, new = (Status.objects.filter(pk=both.get("status_id")).first() for both in (before, after))
    if "status_id" in before and old is not None:
        arguments["status"] = {"status": old, "original": new}
    users, groups = get_user_model()._default_manager, Group.objects
    assignment: dict[str, Any] = {}
    originals: dict[str, Any] = {}
    for name, manager, may_have in (
        ("assignee", users, agent_may_have),
        ("group", groups, group_may_have),
    ):
        if f"{name}_id" in before:
            for found, both in ((assignment, before), (originals, after)):
                found[name] = manager.filter(pk=both[f"{name}_id"]).first()
            if not may_have(ticket, assignment[name]):
                # As if they had been deleted.
                assignment[name] = None
    if assignment:
        arguments["assignment"] = {**assignment, "original": originals}
    keys = [name for name in before if name.startswith("field:")]
    if keys or "urgency" in before:
        values = {key.removeprefix("field:"): before[key] for key in keys}
        arguments["fields"] = {
            "values": values,
            "former": values,
            "urgency": before.get("urgency"),
            "original": {name: after[name] for name in (*keys, "urgency") if name in after},
        }
    unchanged = unchanged_since(ticket, after) & {"closed_at", "waiting_since", "snooze"}
    try:
        update_ticket(ticket, by=by, at=at, notify=notify, **arguments)
    except Conflict as error:
        raise Invalid(gettext("Someone has changed this since.")) from error
    if ticket.status_id == before.get("status_id", ticket.status_id):
        # The status alone doesn't bring back since when, nor until when.
        ticket.save(update_fields=put_back(ticket, before, unchanged))
    step.delete()
