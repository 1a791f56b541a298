"""Add an internal note to a ticket."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.models import Message, MessageKind, Ticket
from wagtail_portal.permissions import Actor, Verb, agents
from wagtail_portal.utils.mentions import names_after_at
from wagtail_portal.utils.users import full_name

from ._message import create_message
from ._ticket import save


def add_note(
    ticket: Ticket,
    *,
    by: Actor,
    body: str,
    attachments: Iterable = (),
    saved_replies: Iterable = (),
    submission_key: UUID | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Message:
    """Add an internal note and return it. Customers can't tell that anything happened.

    Agents mentioned in it, as in ``@Hanna Vos`` or ``@hanna``, are passed to the signal
    ``agents_mentioned``.

    :param body: Markdown; may be empty when a file is attached.
    :param attachments: new files, and earlier uploads of ``by``.
    :param saved_replies: primary keys of the saved replies that were inserted, to count their use.
    :param submission_key: if ``by`` sent a note with this key before, it's returned and nothing is
        added.
    :raises NotAllowed: unless ``by`` may write notes.
    :raises Deleted: when the ticket has been deleted.
    :raises Invalid: with the names of the arguments at fault.
    """

    return write_note(
        ticket,
        by=by,
        body=body,
        attachments=attachments,
        saved_replies=saved_replies,
        submission_key=submission_key,
        at=at,
        notify=notify,
    )


def write_note(
    ticket: Ticket,
    *,
    by: Actor,
    notify: bool = True,
    begin: Callable[[], None] | None = None,
    finish: Callable[[Message], None] = lambda message: None,
    **message_arguments: Any,
) -> Message:
    """Do what :func:`add_note` does.

    :param begin: called once the ticket is locked; may change it.
    :param finish: called in the same transaction, with the note.
    """

    def follow_up(message: Message) -> None:
        at = message.created_at
        save(ticket, at, seen_by_customers=False)
        record(ticket, "add_note", by=by, at=at, message=message.pk)
        mentioned = _mentioned_agents(ticket, message.body, by=by)
        signals.note_added.send(
            sender=Message, ticket=ticket, message=message, agents=mentioned, by=by, notify=notify
        )
        if mentioned:
            signals.agents_mentioned.send(
                sender=Message,
                ticket=ticket,
                message=message,
                agents=mentioned,
                by=by,
                notify=notify,
            )
        finish(message)

    return create_message(
        ticket,
        by=by,
        action="add_note",
        verb=Verb.NOTE,
        kind=MessageKind.NOTE,
        then=follow_up,
        check=begin,
        **message_arguments,
    )


def _mentioned_agents(ticket: Ticket, body: str, *, by: Actor) -> list:
    """Return the agents whom ``body`` mentions and who may see the ticket, except the author."""
    if "@" not in body:
        return []
    names: dict = {}
    for user in agents():
        for name in (full_name(user), user.get_username()):
            if name:
                # If two have the same name, both are meant.
                names.setdefault(name.casefold(), []).append(user)
    found = names_after_at(body, names)
    mentioned = {user.pk: user for name in found for user in names[name] if user != by.user}
    return [user for user in mentioned.values() if Actor.for_agent(user).may(Verb.VIEW, ticket)]
