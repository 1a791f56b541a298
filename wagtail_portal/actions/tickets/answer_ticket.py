"""Change a ticket and write to it at once, so that all of it can be undone."""

from contextlib import ExitStack
from datetime import timedelta

from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.models import BulkChange, Message, Ticket, TicketLogEntry, UndoStep
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import held_tickets
from wagtail_portal.utils.held_emails import held_until

from ._snapshot import snapshot
from ._ticket import holding
from .add_note import write_note
from .change_status import close_ticket
from .reply import write_reply
from .update_ticket import update_ticket

#: For how long a bulk change can be undone.
BULK_PERIOD = timedelta(hours=1)


def answer_ticket(
    ticket: Ticket,
    *,
    by: Actor,
    reply: dict | None = None,
    note: dict | None = None,
    status: dict | None = None,
    assignment: dict | None = None,
    fields: dict | None = None,
    close: bool = False,
    bulk_change: BulkChange | None = None,
    form: dict | None = None,
) -> Message | None:
    """Change a ticket and add a reply or a note, all of it or nothing, and return the message.

    For ``UNDO_SEND_SECONDS``, the emails about a reply and the changes made with it are held back,
    and :func:`undo` takes everything back, if ``by`` is an agent. A note alone can't be undone,
    because nothing leaves.

    :param reply: the arguments of :func:`reply`.
    :param note: the arguments of :func:`add_note`, instead of a reply.
    :param status: the arguments of :func:`change_status`; ``assignment`` those of :func:`assign`,
        and ``fields`` those of :func:`change_fields`.
    :param close: whether to close the ticket.
    :param bulk_change: what this is part of. It can be undone for :data:`BULK_PERIOD`, and emails
        are held back for ``UNDO_BULK_SECONDS``.
    :param form: what the composer needs to show the message again, as lists of texts by name.
    :raises ActionError: what the actions raise.
    """
    undo = _Undo(
        ticket,
        by,
        bulk_change,
        with_reply=reply is not None,
        with_note=note is not None,
        form=form,
    )

    def begin() -> None:
        undo.begin()
        with held_tickets.joining():
            update_ticket(ticket, by=by, status=status, assignment=assignment, fields=fields)
            if close:
                close_ticket(ticket, by=by)

    with undo.holding_emails():
        if reply is not None:
            return write_reply(ticket, by=by, begin=begin, finish=undo.finish, **reply)
        if note is not None:
            return write_note(ticket, by=by, begin=begin, finish=undo.finish, **note)
        with holding(ticket):
            begin()
            undo.finish(None)
    return None


class _Undo:
    """Stores how a ticket was before, if what happens to it can be undone."""

    def __init__(
        self,
        ticket: Ticket,
        by: Actor,
        bulk_change: BulkChange | None,
        *,
        with_reply: bool,
        with_note: bool,
        form: dict | None,
    ) -> None:
        self.ticket, self.by, self.bulk_change, self.form = ticket, by, bulk_change, form
        seconds = conf.UNDO_BULK_SECONDS if bulk_change else conf.UNDO_SEND_SECONDS
        self.pause = timedelta(seconds=seconds)
        is_agent = by.is_team and by.user is not None
        self.has_message = with_reply or with_note
        self.is_wanted = is_agent and bool(bulk_change or (with_reply and seconds))
        self._emails = ExitStack()

    def holding_emails(self) -> ExitStack:
        """Return a context at whose end emails are no longer held back."""
        return self._emails

    def begin(self) -> None:
        """Note how the locked ticket is."""
        if not self.is_wanted:
            return
        self.now = timezone.now()
        self.hold = self._emails.enter_context(held_until(self.now + self.pause))
        self.before = snapshot(self.ticket)
        self.since = self.ticket.newest_message
        self.known = self._entries()

    def finish(self, message: Message | None) -> None:
        """Store what has changed, if anything has."""
        if not self.is_wanted:
            return
        before, after = self.before, snapshot(self.ticket)
        changed = [name for name in before | after if before.get(name) != after.get(name)]
        if message is None and not changed:
            return
        step = UndoStep(
            ticket=self.ticket,
            user=self.by.user,
            message=message,
            bulk_change=self.bulk_change,
            batch=self.hold.batch,
            before={name: before.get(name) for name in changed},
            # Tells whether what belongs to the status is still as it was then.
            after={name: after.get(name) for name in (*changed, "status_id")},
            entries=sorted(self._entries() - self.known),
            form=self.form or {},
            created_at=self.now,
            expires_at=self.now + (BULK_PERIOD if self.bulk_change else self.pause),
        )
        if not held_tickets.create_later([step]):
            step.save()

    def _entries(self) -> set[int]:
        """Return the primary keys of the log entries since the message before, which are deleted
        with the new one."""
        if not self.has_message:
            return set()
        log = TicketLogEntry.objects.filter(ticket=self.ticket, position__gte=self.since)
        return set(log.order_by().values_list("pk", flat=True))
