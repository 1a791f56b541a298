"""When days begin and end in the current time zone, which is the reader's."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta

from django.utils import timezone

#: Some databases and time zones can't handle dates outside of these.
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)


def start_of_day(day: date) -> datetime:
    """Return the first moment of a day, within :data:`EARLIEST` and :data:`LATEST`."""
    return timezone.make_aware(datetime.combine(_limited(day), time.min))


def end_of_day(day: date) -> datetime:
    """Return the last moment of a day, within :data:`EARLIEST` and :data:`LATEST`."""
    # Where the last hour repeats, it's the second one that ends the day.
    return timezone.make_aware(datetime.combine(_limited(day), time.max.replace(fold=1)))


def start_of_next_day(day: date) -> datetime:
    """Return the first moment after a day, within :data:`EARLIEST` and :data:`LATEST`."""
    return timezone.make_aware(datetime.combine(_limited(day) + timedelta(days=1), time.min))


def _limited(day: date) -> date:
    return min(max(day, EARLIEST), LATEST)


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
