"""Who else is viewing a ticket or writing in it.

Kept in the shared cache for a minute. Two reports at the same moment can overwrite each other; a
later one, after at most twenty seconds, corrects that.
"""

import time
from dataclasses import dataclass

from wagtail.admin.utils import get_user_display_name

from wagtail_portal.utils.shared_cache import shared_cache

#: How long a report counts, in seconds.
LASTS = 60
#: A report that says the same is stored again after so many seconds.
REPEATED = 20


@dataclass(frozen=True)
class Presence:
    """An agent who has the ticket open."""

    name: str
    is_writing: bool


def cache_key(ticket_pk: int) -> str:
    """Return the cache key of the reports about a ticket."""
    return f"wagtail_portal:presence:{ticket_pk}"


def report(ticket_pk: int, user, *, is_writing: bool = False, is_leaving: bool = False) -> None:
    """Record that ``user`` is viewing the ticket, writing in it, or has left it."""
    _report(_rows(ticket_pk), ticket_pk, user, is_writing, is_leaving)


def poll(ticket_pk: int, user, *, is_writing: bool) -> list[Presence]:
    """Record that ``user`` is viewing the ticket or writing in it, and return who else does; the
    cache is only written to if that isn't known yet."""
    rows = _rows(ticket_pk)
    _report(rows, ticket_pk, user, is_writing, is_leaving=False)
    return _others(rows, user)


def others(ticket_pk: int, user) -> list[Presence]:
    """Return who else has the ticket open, those who are writing first."""
    return _others(_rows(ticket_pk), user)


def _report(rows: dict, ticket_pk: int, user, is_writing: bool, is_leaving: bool) -> None:
    known = rows.pop(str(user.pk), None)
    if not is_leaving:
        is_same = known and known[1] == is_writing and time.time() - known[2] < REPEATED
        report = (get_user_display_name(user), is_writing, time.time())
        rows[str(user.pk)] = known if is_same else report
        if is_same:
            return
    shared_cache.set(cache_key(ticket_pk), rows, LASTS)


def _others(rows: dict, user) -> list[Presence]:
    rows.pop(str(user.pk), None)
    found = [Presence(name, is_writing) for name, is_writing, _at in rows.values()]
    return sorted(found, key=lambda row: (not row.is_writing, row.name))


def _rows(ticket_pk: int) -> dict:
    now = time.time()
    rows = shared_cache.get(cache_key(ticket_pk)) or {}
    return {key: row for key, row in rows.items() if now - row[2] < LASTS}
