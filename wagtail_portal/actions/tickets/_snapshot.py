"""How a ticket is, as plain values, so that a change can be undone."""

from datetime import datetime
from typing import Any

from wagtail_portal.models import Snooze, Ticket
from wagtail_portal.utils.rows import plain_key

from ._snooze import find_snooze

#: Columns with plain values, with primary keys, and with times.
COLUMNS = ("status_id", "assignee_id", "group_id", "last_reply_id", "urgency")
TIMES = ("closed_at", "waiting_since", "first_answered_at", "updated_at")
#: What belongs to the status.
OF_STATUS = {"status_id", "closed_at", "waiting_since", "snooze"}
#: The columns of a snooze.
SNOOZE = ("until", "snoozed_by_id", "created_at", "woken_at", "reason")


def snapshot(ticket: Ticket) -> dict:
    """Return the values of a locked ticket that a reply or a bulk change can change: by column, by
    ``field:<key>``, and ``snooze``."""
    snooze = find_snooze(ticket)
    return {
        **{name: _plain(getattr(ticket, name)) for name in (*COLUMNS, *TIMES)},
        **{f"field:{key}": value for key, value in ticket.values.items()},
        "snooze": snooze and {name: _plain(getattr(snooze, name)) for name in SNOOZE},
    }


def unchanged_since(ticket: Ticket, after: dict) -> set[str]:
    """Return the names of what's still as in ``after``. Once the status is another one, so is
    everything that belongs to it."""
    now = snapshot(ticket)
    found = {name for name, value in after.items() if now.get(name) == value}
    if "status_id" in after and "status_id" not in found:
        found -= OF_STATUS
    return found


def put_back(ticket: Ticket, before: dict, names: set[str]) -> list[str]:
    """Give a locked ticket the values of ``before``, without saving it.

    :param names: of what to put back; see :func:`unchanged_since`.
    :return: the columns to save.
    """
    columns, values = set(), dict(ticket.values)
    has_status = "status_id" in names & before.keys()
    if has_status and _python(Ticket, "status_id", before["status_id"]) is None:
        # It was deleted, so the ticket keeps the present one.
        names = names - OF_STATUS
    for name, old in before.items():
        if name not in names:
            continue
        if name == "snooze":
            _put_snooze_back(ticket, old)
        elif name.startswith("field:"):
            columns.add("values")
            values[name.removeprefix("field:")] = old
        else:
            columns.add(name)
            setattr(ticket, name, _python(Ticket, name, old))
    ticket.values = {key: value for key, value in values.items() if value is not None}
    return sorted(columns)


def _put_snooze_back(ticket: Ticket, old: dict | None) -> None:
    Snooze.objects.filter(ticket=ticket).delete()
    if old is not None:
        columns = {name: _python(Snooze, name, value) for name, value in old.items()}
        Snooze.objects.create(ticket=ticket, **columns)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return plain_key(value)


def _python(model: Any, name: str, value: Any) -> Any:
    field = model._meta.get_field(name)
    found = field.to_python(value)
    if field.is_relation and not field.related_model._base_manager.filter(pk=found).exists():
        # It was deleted.
        return None
    return found
