"""When the support team is available: weekly hours in the team's time zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Days after which weekly hours repeat, also across a clock change.
WEEK = 7


@dataclass(frozen=True)
class Opening:
    """From when to when the team is available on some days of the week (0 is Monday).

    A closing time that isn't after the opening time belongs to the next day; ``00:00`` is midnight.
    """

    days: frozenset[int]
    opens: time
    closes: time

    def spans(self, zone: ZoneInfo, now: datetime) -> list[tuple[datetime, datetime]]:
        """Return the times of this opening from the day before ``now`` to a week later."""
        today = now.astimezone(zone).date()
        found = []
        for distance in range(-1, WEEK + 1):
            day = today + timedelta(days=distance)
            if day.weekday() not in self.days:
                continue
            last = day if self.closes > self.opens else day + timedelta(days=1)
            begin = datetime.combine(day, self.opens, tzinfo=zone)
            found.append((begin, datetime.combine(last, self.closes, tzinfo=zone)))
        return found


def back_at(openings: Iterable[Opening], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the team is available again; None while it is, or without any hours.

    :param now: an aware moment.
    """
    spans = [span for opening in openings for span in opening.spans(zone, now)]
    if any(begin <= now < end for begin, end in spans):
        return None
    return min((begin for begin, _end in spans if begin > now), default=None)
