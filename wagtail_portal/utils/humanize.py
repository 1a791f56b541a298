"""Lists of texts, sizes of files, and relative times, with the exact time in the title and, for
screen readers, in hidden text."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from .timezones import zone_suffix


def comma_list(texts) -> str:
    """Return texts with the comma of the active language between them, as in "red, green"."""
    return gettext(", ").join(map(str, texts))


def labelled(label, text) -> str:
    """Return a text behind the label that says what it's about. In some languages, a space belongs
    before the colon."""
    return gettext("%(label)s: %(text)s") % {"label": label, "text": text}


def file_size(size: int) -> str:
    """Return a number of bytes in a larger unit, as in "1.5 MB" and "20 MB"."""
    unneeded = f"{get_format('DECIMAL_SEPARATOR')}0\N{NO-BREAK SPACE}"
    return filesizeformat(size).replace(unneeded, "\N{NO-BREAK SPACE}")


def time_html(moment: datetime | None, *, short: bool = False) -> SafeString | str:
    """Return how long ago ``moment`` was, or its date after a week.

    :param short: whether to abbreviate for columns: "2 h" instead of "2 hours ago".
    """
    if moment is None:
        return ""
    local, machine, exact = _in_full(moment, timezone.get_current_timezone(), get_language())
    now = timezone.localtime()
    spoken = time_ago(local, now)
    shown = brief_time_ago(local, now) if short else spoken
    return _html(machine, exact + zone_suffix(local), shown, spoken)


@lru_cache(maxsize=2000)
def _in_full(moment: datetime, zone: tzinfo, language: str | None) -> tuple[datetime, str, str]:
    """Return a moment in a time zone, for machines, and for readers. A list shows those of 25
    tickets, which are often the same as the last time."""
    local = timezone.localtime(moment, zone)
    return local, local.isoformat(timespec="seconds"), date_format(local, "DATETIME_FORMAT")


def exact_time_html(moment: datetime) -> SafeString:
    """Return the date and time of ``moment``, without the year if it's the current one."""
    local = timezone.localtime(moment)
    return _exact_time_html(
        local.isoformat(timespec="seconds"),
        local,
        zone_suffix(local),
        local.year == timezone.localtime().year,
        get_language(),
    )


# The same messages are read again and again.
@lru_cache(maxsize=2000)
def _exact_time_html(machine: str, local, zone: str, is_this_year: bool, language: str | None):
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        machine,
        date_format(local, "DATETIME_FORMAT") + zone,
        _exact_time(local, zone, is_this_year, language),
    )


def exact_time(moment: datetime) -> str:
    """Return the date and time of ``moment`` as text, without the year if it's the current one."""
    local = timezone.localtime(moment)
    is_this_year = local.year == timezone.localtime().year
    return _exact_time(local, zone_suffix(local), is_this_year, get_language())


def _exact_time(local: datetime, zone: str, is_this_year: bool, language: str | None) -> str:
    day = _short_date(local.date(), is_this_year, language)
    time = date_format(local, "TIME_FORMAT") + zone
    return gettext("%(date)s, %(time)s") % {"date": day, "time": time}


def exact_day(moment: datetime) -> str:
    """Return the date of ``moment``, without the year if it's the current one."""
    return short_date(timezone.localtime(moment), timezone.localtime())


def day_html(day: date) -> SafeString:
    """Return how far away ``day`` is, or its date after a week."""
    words = relative_day(day, timezone.localdate())
    return _html(day.isoformat(), date_format(day, "DATE_FORMAT"), words, words)


def _html(machine, exact, shown, spoken) -> SafeString:
    return format_html(
        '<time datetime="{0}" title="{1}"><span aria-hidden="true">{2}</span>'
        '<span class="portal-visually-hidden">{3}, {1}</span></time>',
        machine,
        exact,
        shown,
        spoken,
    )


def _passed(moment: datetime, now: datetime) -> timedelta:
    # In UTC: of two times of one zone, Python subtracts what the clocks show, also if they have
    # changed in between.
    return now.astimezone(UTC) - moment.astimezone(UTC)


def time_ago(moment, now):
    """Return how long before or after ``now`` the ``moment`` is."""
    passed = _passed(moment, now)
    minutes, days = int(passed.total_seconds() // 60), (now.date() - moment.date()).days
    if passed < timedelta(minutes=-1):
        return _time_ahead(moment, now)
    if passed < timedelta(minutes=1):
        return gettext("just now")
    if minutes < 60:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {
            "count": minutes
        }
    if passed < timedelta(hours=12) or days == 0:
        hours = minutes // 60
        return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
    return relative_day(moment.date(), now.date())


def _time_ahead(moment, now):
    minutes = int(_passed(now, moment).total_seconds() // 60)
    if minutes < 60:
        return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}
    if minutes < 12 * 60 or moment.date() == now.date():
        hours = minutes // 60
        return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
    return relative_day(moment.date(), now.date())


def relative_day(day, today):
    """Return how far before or after ``today`` a day is."""
    days = (today - day).days
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("yesterday")
    if days == -1:
        return gettext("tomorrow")
    if 0 < days < 7:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    if -7 < days < 0:
        return ngettext("in %(count)d day", "in %(count)d days", -days) % {"count": -days}
    return short_date(day, today)


def next_time_html(moment: datetime) -> SafeString:
    """Return a time within a week for the end of a sentence: "today at 2 p.m", "on Monday at
    9 a.m". The sentence's full stop completes the abbreviation."""
    local = timezone.localtime(moment)
    days = (local.date() - timezone.localdate()).days
    clock = (date_format(local, "TIME_FORMAT") + zone_suffix(local)).removesuffix(".")
    if days == 0:
        words = gettext("today at %(time)s") % {"time": clock}
    elif days == 1:
        words = gettext("tomorrow at %(time)s") % {"time": clock}
    else:
        # Translators: "on Monday at 9 a.m."
        words = gettext("on %(day)s at %(time)s") % {"day": date_format(local, "l"), "time": clock}
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), words)


def brief_time_ago(moment, now):
    """Return how long before ``now`` the ``moment`` was, abbreviated for a column."""
    minutes = int(_passed(moment, now).total_seconds() // 60)
    days = (now.date() - moment.date()).days
    if minutes < -1:
        return short_date(moment, now)
    if minutes < 1:
        return gettext("now")
    if minutes < 60:
        # Translators: how long ago, in minutes, as short as possible
        return gettext("%(count)d min") % {"count": minutes}
    if minutes < 12 * 60 or days == 0:
        # Translators: how long ago, in hours, as short as possible
        return gettext("%(count)d h") % {"count": minutes // 60}
    if days < 7:
        # Translators: how long ago, in days, as short as possible
        return gettext("%(count)d d") % {"count": days}
    return short_date(moment, now)


def short_date(moment, now):
    """Return the day and month, with the year if it isn't the current one."""
    day = date(moment.year, moment.month, moment.day)
    return _short_date(day, moment.year == now.year, get_language())


@lru_cache(maxsize=2000)
def _short_date(day: date, is_this_year: bool, language: str | None) -> str:
    # Tickets of a list often have the same few dates.
    if is_this_year:
        # Translators: a date without its year, in Django's date format: "3 Nov" or "Nov. 3"
        return date_format(day, gettext("j M"), use_l10n=False)
    # Translators: a short date with its year, in Django's date format: "3 Nov 2024"
    return date_format(day, gettext("j M Y"), use_l10n=False)
