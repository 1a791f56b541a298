"""When the support team is available: weekly hours in the team's time zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Opening:
    """Opening and closing time on some days of the week (0 is Monday).

    A closing time that isn't after the opening time is on the next day; ``00:00`` is midnight.
    """

    days: frozenset[int]
    opens: time
    closes: time

    def spans(self, zone: ZoneInfo, now: datetime) -> list[tuple[datetime, datetime]]:
        """Return start and end of the openings from the day before ``now`` to a week later."""
        today = now.astimezone(zone).date()
        spans = []
        for offset in range(-1, 8):
            day = today + timedelta(days=offset)
            if day.weekday() in self.days:
                last = day if self.closes > self.opens else day + timedelta(days=1)
                start = datetime.combine(day, self.opens, tzinfo=zone)
                spans.append((start, datetime.combine(last, self.closes, tzinfo=zone)))
        return spans


def back_at(openings: Iterable[Opening], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the team will be available again; None if it's available now, or never.

    :param now: an aware datetime.
    """
    spans = [span for opening in openings for span in opening.spans(zone, now)]
    if any(start <= now < end for start, end in spans):
        return None
    return min((start for start, _end in spans if start > now), default=None)
