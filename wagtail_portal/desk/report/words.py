"""Durations and comparisons in words."""

from django.utils.translation import gettext, ngettext


def duration(minutes: int | None) -> str:
    """Format a duration with at most two units."""
    if minutes is None:
        return "–"
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes < 48 * 60:
        return gettext("%(hours)d h %(minutes)d min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    hours = round(minutes / 60)
    return ngettext("%(days)d day %(hours)d h", "%(days)d days %(hours)d h", hours // 24) % {
        "days": hours // 24,
        "hours": hours % 24,
    }


def compare_counts(now: int, before: int) -> str:
    """Compare a number of tickets with that of the previous period."""
    number = abs(now - before)
    if now > before:
        text = ngettext(
            "%(number)d more than in the previous period",
            "%(number)d more than in the previous period",
            number,
        )
    elif now < before:
        text = ngettext(
            "%(number)d fewer than in the previous period",
            "%(number)d fewer than in the previous period",
            number,
        )
    else:
        return gettext("As many as in the previous period")
    return text % {"number": number}


def compare_durations(now: int | None, before: int | None) -> str:
    """Compare a duration with that of the previous period; "" if there's nothing to compare."""
    if now is None or before is None:
        return ""
    if now == before:
        return gettext("As long as in the previous period")
    text = (
        gettext("%(time)s longer than in the previous period")
        if now > before
        else gettext("%(time)s shorter than in the previous period")
    )
    return text % {"time": duration(abs(now - before))}


def compare_shares(now: int | None, before: int | None) -> str:
    """Compare a percentage with that of the previous period; "" if there's nothing to compare."""
    if now is None or before is None:
        return ""
    if now == before:
        return gettext("The same as in the previous period")
    number = abs(now - before)
    text = (
        ngettext(
            "%(number)d percentage point higher than in the previous period",
            "%(number)d percentage points higher than in the previous period",
            number,
        )
        if now > before
        else ngettext(
            "%(number)d percentage point lower than in the previous period",
            "%(number)d percentage points lower than in the previous period",
            number,
        )
    )
    return text % {"number": number}
