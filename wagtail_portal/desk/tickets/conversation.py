"""The conversation of a ticket as agents read it: replies, notes, and what happened between."""

from dataclasses import dataclass, field
from zlib import crc32

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext

from wagtail_portal.conversation import (
    Conversation,
    between,
    etag,
    event_place,
    in_order,
    message_entry,
    newer_messages,
    newest,
    places,
    split_page,
)
from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.models import Message, Ticket, TicketLogEntry, Urgency, share_statuses
from wagtail_portal.utils.prepared import prepared

from .deliveries import deliveries
from .urls import desk_url

#: Actions whose result is shown as a message.
MESSAGE_ACTIONS = ["wagtail_portal.reply", "wagtail_portal.add_note", "wagtail_portal.open_ticket"]
EVENTS_SHOWN = 200


@dataclass(frozen=True)
class TeamConversation(Conversation):
    """A page of a conversation with its entries, oldest first."""

    entries: list[dict] = field(default_factory=list)
    #: Primary keys of the newest message and the newest log entry.
    newest: tuple[int, int] = (0, 0)

    @property
    def cursor(self) -> str:
        """How far the page knows the conversation, for :mod:`.live`."""
        return "{}.{}".format(*self.newest)


def load(ticket: Ticket, specs: dict, statuses, user, page: int) -> TeamConversation | None:
    """Return a page of a ticket's messages and the events of that time; None beyond the last.

    :param specs: by key, the ``FieldSpec`` of each ticket field, to describe its changes.
    :param statuses: all statuses, which log entries name.
    :param user: the agent who is reading.
    """
    messages, before = split_page(_messages_at(ticket.pk, places(page)))
    if page > 1 and not messages:
        return None
    for message in messages:
        message.ticket = ticket
    found = Conversation(ticket, messages, page, before)
    return _with_entries(found, _log_between(ticket.pk, *found.positions), specs, statuses, user)


def load_updates(
    ticket: Ticket, specs: dict, statuses, user, message: int, entry: int
) -> TeamConversation:
    """Return what came after a message and a log entry, given by their primary keys."""
    found = Conversation(ticket, newer_messages(_related(ticket.messages), message))
    log = list(_log(ticket.pk).filter(pk__gt=entry)[:EVENTS_SHOWN])
    return _with_entries(found, log, specs, statuses, user, (message, entry))


def version(ticket: Ticket, present=()) -> str:
    """Return an entity tag that changes with anything that agents see.

    :param present: who else has the ticket open.
    """
    names = "".join(f"{row.name}{row.is_writing}" for row in present)
    return etag(ticket.status_id, ticket.revision, *([crc32(names.encode())] if names else []))


def _related(messages):
    return messages.select_related("author", "member__user", "member__organization")


@prepared
def _messages_at(ticket: int, places: range):
    return newest(_related(Message.objects.filter(ticket=ticket)), places)


def _log(ticket: int):
    log = TicketLogEntry.objects.filter(ticket=ticket).exclude(action__in=MESSAGE_ACTIONS)
    return log.select_related("user").order_by("-position", "-id")


@prepared
def _log_between(ticket: int, first: int | None, end: int | None):
    return between(_log(ticket), first, end)[:EVENTS_SHOWN]


def _with_entries(page: Conversation, log, specs, statuses, user, known=(0, 0)) -> TeamConversation:
    log = log[::-1]
    if edited := [message for message in page.messages if message.edited_at]:
        prefetch_related_objects(edited, "versions")
    share_statuses(log, statuses)
    delivered = deliveries(page.messages) if page.messages else {}
    messages = [
        message_entry(
            message,
            user.pk,
            file_url=lambda file: desk_url("file", file.pk, file.name),
            thumbnail_url=lambda file: desk_url("thumbnail", file.pk),
            deliveries=delivered.get(message.pk, []),
        )
        for message in page.messages
    ]
    return TeamConversation(
        page.ticket,
        page.messages,
        page.page,
        page.before,
        entries=in_order(messages, _events(log, specs, user)),
        newest=tuple(
            max([before, *(row.pk for row in rows)])
            for rows, before in zip((page.messages, log), known, strict=True)
        ),
    )


def _events(log, specs, user) -> list[dict]:
    specs = _prepared(specs, log)
    return [
        {
            "kind": "event",
            "author_name": _who(entry),
            "text": text,
            "is_own": entry.user_id == user.pk,
            "created_at": entry.timestamp,
            "place": event_place(entry),
            "anchor": f"event-{entry.pk}-{number}",
        }
        for entry in log
        for number, text in enumerate(_texts(entry, specs))
    ]


def _prepared(specs, log) -> dict:
    """Return the specs, prepared for all the values in the log at once."""
    values: dict[str, list] = {}
    for entry in log:
        for key, both in entry.data.get("changes", {}).items():
            values.setdefault(key, []).extend(both)
    return {
        key: get_field_type(spec.type).prepare(spec, FormContext(), values.get(key, []))
        for key, spec in specs.items()
    }


def _who(entry) -> str:
    # Automatic changes have no user.
    return entry.user_display_name if entry.user_id else gettext("Automatic")


def _texts(entry, specs) -> list[str]:
    if entry.action != "wagtail_portal.change_fields":
        return [str(entry.message)]
    changes = [
        (specs[key].label if key in specs else key, *(_value(one, specs.get(key)) for one in both))
        for key, both in entry.data.get("changes", {}).items()
    ]
    if "urgency" in entry.data:
        names = dict(Urgency.choices)
        changes.insert(0, (gettext("Urgency"), *(names.get(one) for one in entry.data["urgency"])))
    return [
        gettext("%(field)s: %(old)s → %(new)s") % {"field": label, "old": old, "new": new}
        for label, old, new in changes
    ]


def _value(stored, spec) -> str:
    if stored is None:
        return "–"
    return get_field_type(spec.type).display(stored, spec) if spec else str(stored)
