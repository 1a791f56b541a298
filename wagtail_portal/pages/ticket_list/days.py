"""Where a day begins and ends, for whoever looks at the list."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

#: Beyond them are no tickets, and in places no calendar.
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)


def day_begins(day: date) -> datetime:
    """The first moment of a day in the reader's time zone."""
    day = min(max(day, EARLIEST), LATEST)
    return timezone.make_aware(datetime.combine(day, time.min))


def day_ends(day: date) -> datetime:
    """The first moment after a day."""
    return day_begins(min(day, LATEST) + timedelta(days=1))
