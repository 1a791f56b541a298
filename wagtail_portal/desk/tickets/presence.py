"""Who else has a ticket open, and who writes in it.

Kept for a minute in the shared cache, and never in the database: nobody needs to know tomorrow.
Two who report at the very same moment may overwrite each other; the next report, twenty seconds
later, mends it.
"""

import time
from dataclasses import dataclass

from django.core.cache import cache
from wagtail.admin.utils import get_user_display_name

#: Seconds for which a report counts; the script reports every twenty.
LASTS = 60


@dataclass(frozen=True)
class Presence:
    """Somebody who has the ticket open."""

    name: str
    is_writing: bool


def _key(ticket_pk: int) -> str:
    return f"wagtail_portal:presence:{ticket_pk}"


def report(ticket_pk: int, user, *, is_writing: bool = False, is_leaving: bool = False) -> None:
    """Note that ``user`` looks at the ticket, writes in it, or has left it."""
    rows = _rows(ticket_pk)
    rows.pop(str(user.pk), None)
    if not is_leaving:
        rows[str(user.pk)] = (get_user_display_name(user), is_writing, time.time())
    cache.set(_key(ticket_pk), rows, LASTS)


def others(ticket_pk: int, user) -> list[Presence]:
    """Those who have the ticket open beside ``user``, those who write first."""
    rows = _rows(ticket_pk)
    rows.pop(str(user.pk), None)
    found = [Presence(name, is_writing) for name, is_writing, _at in rows.values()]
    return sorted(found, key=lambda row: (not row.is_writing, row.name))


def _rows(ticket_pk: int) -> dict:
    now = time.time()
    rows = cache.get(_key(ticket_pk)) or {}
    return {key: row for key, row in rows.items() if now - row[2] < LASTS}
