"""What happened to a ticket between its messages, from its log, as customers see it.

Customers see designated fields, statuses by their label, and people they may know of.
"""

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext

from wagtail_portal.conversation import Conversation, between, event_place
from wagtail_portal.fields import FieldSpec, FormContext
from wagtail_portal.log_entries import LOG_ENTRY_TYPES, Reader, entry_type_of
from wagtail_portal.models import TicketLogEntry, display_name
from wagtail_portal.utils.prepared import prepared

#: A ticket with more events shows the newest of them.
EVENTS_SHOWN = 200
#: How long after the first change the others of its line are made at most.
SAME_TIME = timedelta(minutes=1)


def log_entries(conversation: Conversation, designated: set[str]) -> list[TicketLogEntry]:
    """Return the entries made during this page of the conversation, oldest first.

    :param designated: the keys of the fields that customers see on the ticket.
    """
    shown = tuple(row.name for row in LOG_ENTRY_TYPES.values() if row.is_on_timeline(designated))
    return _log_entries(conversation.ticket.pk, shown, *conversation.positions)[::-1]


@prepared
def _log_entries(ticket: int, actions: tuple[str, ...], first: int | None, end: int | None):
    log = TicketLogEntry.objects.filter(ticket=ticket, action__in=actions)
    log = between(log, first, end).select_related("user")
    return log.order_by("-position", "-id")[:EVENTS_SHOWN]


def mentioned(entries) -> set[int]:
    """Return the primary keys of the members whom the entries are about."""
    return {entry.data["member"] for entry in entries if "member" in entry.data}


def events(entries, reader: Reader) -> list[dict]:
    """Return a line for each set of changes, without those that the reader may not see."""
    reader = replace(reader, specs=_specs(entries, reader.designated))
    lines: list[list] = []
    for entry in entries:
        timeline = entry_type_of(entry).timeline
        if timeline and (words := timeline(entry, reader)):
            if lines and _belongs(entry, [other for other, _words in lines[-1]]):
                lines[-1].append((entry, words))
            else:
                lines.append([(entry, words)])
    return [_line(line, reader) for line in lines]


def _belongs(entry, others: list) -> bool:
    """Return whether an entry is of the same set of changes as ``others``."""
    first, actions = others[0], {other.action for other in others}
    return (
        entry_type_of(entry).is_change
        and entry_type_of(first).is_change
        and entry.action not in actions
        and _author_and_place(entry) == _author_and_place(first)
        and entry.timestamp - first.timestamp < SAME_TIME
    )


def _author_and_place(entry) -> tuple:
    return entry.user_id, entry.data.get("side"), entry.position


def _line(entries: list, reader) -> dict:
    first = entries[0][0]
    return {
        "kind": "event",
        "text": " · ".join(words for _entry, words in entries),
        "author": "" if entry_type_of(first).names_author else _author(first, reader),
        "created_at": first.timestamp,
        "place": event_place(first),
    }


def _author(entry, reader) -> str:
    if entry.data.get("side") == "team":
        return gettext("Support team")
    user = entry.user if entry.user_id else None
    if user is not None and user.pk == reader.member.user_id:
        return gettext("You")
    return display_name(user)


def _specs(entries, designated) -> dict[str, FieldSpec]:
    """Return the fields that changed, with everything looked up that shows their values."""
    values: dict = {}
    for entry in entries:
        for key, both in entry.data.get("changes", {}).items():
            values.setdefault(f"field:{key}", []).extend(both)
    rows = {key: designated[key].ticket_field for key in values if key in designated}
    return {
        key: row.field_type.prepare(row.spec(), FormContext(), values[key])
        for key, row in rows.items()
    }
