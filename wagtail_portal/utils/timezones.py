"""Time zones by their names in the IANA database."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones, like ``Europe/Vienna``; asked once, as that reads the disk."""
    return frozenset(available_timezones())


def find_time_zone(name: str) -> ZoneInfo | None:
    """The time zone with that name; None without one."""
    return ZoneInfo(name) if name in time_zones() else None
