"""Who else is viewing a ticket or writing in it.

Kept in the shared cache for a minute. Two reports at the same moment can overwrite each other; the
next one, after twenty seconds, corrects that.
"""

import time
from dataclasses import dataclass

from wagtail.admin.utils import get_user_display_name

from wagtail_portal.utils.shared_cache import shared_cache

#: How long a report counts, in seconds; the script reports every twenty.
LASTS = 60


@dataclass(frozen=True)
class Presence:
    """An agent who has the ticket open."""

    name: str
    is_writing: bool


def _key(ticket_pk: int) -> str:
    return f"wagtail_portal:presence:{ticket_pk}"


def report(ticket_pk: int, user, *, is_writing: bool = False, is_leaving: bool = False) -> None:
    """Record that ``user`` is viewing the ticket, writing in it, or has left it."""
    rows = _rows(ticket_pk)
    rows.pop(str(user.pk), None)
    if not is_leaving:
        rows[str(user.pk)] = (get_user_display_name(user), is_writing, time.time())
    shared_cache.set(_key(ticket_pk), rows, LASTS)


def others(ticket_pk: int, user) -> list[Presence]:
    """Return who else has the ticket open, those who are writing first."""
    rows = _rows(ticket_pk)
    rows.pop(str(user.pk), None)
    found = [Presence(name, is_writing) for name, is_writing, _at in rows.values()]
    return sorted(found, key=lambda row: (not row.is_writing, row.name))


def _rows(ticket_pk: int) -> dict:
    now = time.time()
    rows = shared_cache.get(_key(ticket_pk)) or {}
    return {key: row for key, row in rows.items() if now - row[2] < LASTS}
