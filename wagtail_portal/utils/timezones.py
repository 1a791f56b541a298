"""Time zones of the IANA database, and whether times are shown in the reader's own."""

import re
from collections.abc import Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones. Cached, because they're read from the disk."""
    return frozenset(available_timezones())


def offset(name: str, at: datetime | None = None) -> str:
    """Return how far a time zone is from UTC, such as "UTC+05:30", now or at another time."""
    offset = (at or datetime.now(UTC)).astimezone(ZoneInfo(name)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def place(name: str) -> str:
    """Return the place of a time zone and, after a comma, where it is: "Berlin, Europe"."""
    area, _slash, city = name.replace("_", " ").rpartition("/")
    return f"{city}, {area}" if area else city


def label(name: str) -> str:
    """Return what's offered for a time zone: its place and its present offset."""
    return f"{place(name)} ({offset(name)})"


@lru_cache(maxsize=2)
def _labels(names: tuple[str, ...], at: datetime) -> list[str]:
    return sorted(f"{place(name)} ({offset(name, at)})" for name in names)


def labels(names: Iterable[str]) -> list[str]:
    """Return the :func:`label` of each time zone, in order. They're kept for an hour, because each
    zone's offset is read from a file."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return _labels(tuple(names), hour)


def match_time_zone(typed: str, names) -> str | None:
    """Return the one of ``names`` that was typed: its name, its label, or a place that's unique."""
    words = re.sub(r"\s*\(.*$", "", typed).strip().casefold()
    found = {name for name in names if words in (name.casefold(), place(name).casefold())}
    found = found or {name for name in names if place(name).partition(",")[0].casefold() == words}
    return found.pop() if len(found) == 1 else None


#: Whether times have to name their zone, because it may not be the reader's own.
_names_zone: ContextVar[bool] = ContextVar("wagtail_portal_names_zone", default=False)


@contextmanager
def naming_zone(is_unknown: bool):
    """Let times name their zone if it's unknown whether it's the reader's own."""
    token = _names_zone.set(is_unknown)
    try:
        yield
    finally:
        _names_zone.reset(token)


def zone_suffix(moment: datetime) -> str:
    """Return what follows a time: " CET" where it has to name its zone, else ""."""
    name = moment.tzname() if _names_zone.get() else ""
    if name and name[0] in "+-":
        name = f"UTC{name}"
    return f" {name}" if name else ""


def find_time_zone(name: str) -> ZoneInfo | None:
    """Return the time zone with that name, or None."""
    return ZoneInfo(name) if name in time_zones() else None
