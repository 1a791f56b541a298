"""The period of a report: whole days in the reader's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wagtail_portal.utils.days import start_of_day, start_of_next_day

#: The most steps in the chart. A longer period has longer steps.
STEPS = 31
#: The lengths of steps, in days.
LENGTHS = (1, 7, 30, 91, 365, 10_000)


@dataclass(frozen=True)
class Period:
    """The days from one to another, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first moment of the period."""
        return start_of_day(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return start_of_next_day(self.last)

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> "Period":
        """The period of the same length before this one."""
        length = timedelta(days=self.days)
        return Period(self.first - length, self.last - length)

    def split(self) -> list["Period"]:
        """Return the steps of the period, which have the same length, except for the last one."""
        length = next(size for size in LENGTHS if self.days <= size * STEPS)
        starts = (self.first + timedelta(days=start) for start in range(0, self.days, length))
        more = timedelta(days=length - 1)
        return [Period(start, min(start + more, self.last)) for start in starts]
