"""Time zones of the IANA database."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones. Cached, because they're read from the disk."""
    return frozenset(available_timezones())


def find_time_zone(name: str) -> ZoneInfo | None:
    """Return the time zone with that name, or None."""
    return ZoneInfo(name) if name in time_zones() else None
