"""When the support team is available: weekly hours in the team's time zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
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
        return self.spans_between(zone, now, now + timedelta(days=7))

    def spans_between(
        self, zone: ZoneInfo, first: datetime, last: datetime
    ) -> list[tuple[datetime, datetime]]:
        """Return start and end of the openings from the day before ``first`` to the day of
        ``last``."""
        start, end = first.astimezone(zone).date(), last.astimezone(zone).date()
        spans = []
        for offset in range(-1, (end - start).days + 1):
            day = start + timedelta(days=offset)
            if day.weekday() in self.days:
                until = day if self.closes > self.opens else day + timedelta(days=1)
                opens = datetime.combine(day, self.opens, tzinfo=zone)
                spans.append((opens, datetime.combine(until, self.closes, tzinfo=zone)))
        return spans


def back_at(openings: Iterable[Opening], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the team will be available again; None if it's available now, or never.

    :param now: an aware datetime.
    """
    spans = [span for opening in openings for span in opening.spans(zone, now)]
    if any(start <= now < end for start, end in spans):
        return None
    return min((start for start, _end in spans if start > now), default=None)


class OpenTime:
    """The time during which the team is available, within a period. Without openings, that's
    always.

    :param first: an aware datetime at which the period begins; it ends at ``last``.
    """

    def __init__(
        self, openings: Iterable[Opening], zone: ZoneInfo, first: datetime, last: datetime
    ):
        spans = [span for row in openings for span in row.spans_between(zone, first, last)]
        #: In UTC, in which differences are exact when clocks change; without overlaps.
        self.spans: list[tuple[datetime, datetime]] = []
        for start, end in sorted((a.astimezone(UTC), b.astimezone(UTC)) for a, b in spans):
            if self.spans and start <= self.spans[-1][1]:
                self.spans[-1] = self.spans[-1][0], max(end, self.spans[-1][1])
            else:
                self.spans.append((start, end))
        if not spans:
            self.spans = [(first.astimezone(UTC), last.astimezone(UTC))]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return for how long the team was available between two times of the period."""
        overlaps = (min(end, closes) - max(start, opens) for opens, closes in self.spans)
        return sum((part for part in overlaps if part > timedelta()), timedelta())

    def after(self, start: datetime, duration: timedelta) -> datetime | None:
        """Return when the team will have been available for ``duration`` since ``start``; None if
        that's after the period."""
        for opens, closes in self.spans:
            begin = max(start, opens)
            if begin < closes:
                if duration <= closes - begin:
                    return begin + duration
                duration -= closes - begin
        return None
