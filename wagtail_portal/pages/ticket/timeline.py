"""What happened to a ticket between its messages, from its log, as customers see it.

Customers see designated fields, statuses by their label, and people they may know of.
"""

from dataclasses import replace

from wagtail_portal.conversation import Conversation, event_place
from wagtail_portal.fields import FieldSpec, FormContext
from wagtail_portal.log_entries import LOG_ENTRY_TYPES, Reader, entry_type_of
from wagtail_portal.models import TicketLogEntry

#: A ticket with more events shows the newest of them.
EVENTS_SHOWN = 200


def log_entries(conversation: Conversation, designated: set[str]) -> list[TicketLogEntry]:
    """Return the entries made during this page of the conversation, oldest first.

    :param designated: the keys of the fields that customers see on the ticket.
    """
    shown = [row.name for row in LOG_ENTRY_TYPES.values() if row.is_on_timeline(designated)]
    log = TicketLogEntry.objects.filter(ticket=conversation.ticket, action__in=shown)
    log = conversation.limit_log(log)
    return list(log.select_related("user").order_by("-position", "-id")[:EVENTS_SHOWN])[::-1]


def mentioned(entries) -> set[int]:
    """Return the primary keys of the members whom the entries are about."""
    return {entry.data["member"] for entry in entries if "member" in entry.data}


def events(entries, reader: Reader) -> list[dict]:
    """Return the entries as text, without those that the reader may not see."""
    reader = replace(reader, specs=_specs(entries, reader.designated))
    found = []
    for entry in entries:
        if words := entry_type_of(entry).timeline(entry, reader):
            shown = {"created_at": entry.timestamp, "place": event_place(entry)}
            found.append({"kind": "event", "text": words, **shown})
    return found


def _specs(entries, designated) -> dict[str, FieldSpec]:
    """Return the fields that changed, with everything looked up that shows their values."""
    values = {}
    for entry in entries:
        for key, both in entry.data.get("changes", {}).items():
            values.setdefault(f"field:{key}", []).extend(both)
    rows = {key: designated[key].ticket_field for key in values if key in designated}
    return {
        key: row.field_type.prepare(row.spec(), FormContext(), values[key])
        for key, row in rows.items()
    }
