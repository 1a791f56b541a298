"""Relative times and sizes in words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from wagtail_portal.utils.humanize import (
    brief_time_ago,
    comma_list,
    file_size,
    relative_day,
    time_ago,
    time_html,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("passed", "long", "short"),
    [
        (timedelta(days=-9), "29 Nov", "29 Nov"),
        (timedelta(days=-2), "in 2 days", "22 Nov"),
        (timedelta(hours=-13), "tomorrow", "21 Nov"),
        (timedelta(hours=-3), "in 3 hours", "20 Nov"),
        (timedelta(minutes=-2), "in 2 minutes", "20 Nov"),
        (timedelta(seconds=-5), "just now", "now"),
        (timedelta(seconds=59), "just now", "now"),
        (timedelta(minutes=1), "1 minute ago", "1 min"),
        (timedelta(minutes=59), "59 minutes ago", "59 min"),
        (timedelta(hours=1), "1 hour ago", "1 h"),
        (timedelta(hours=11, minutes=59), "11 hours ago", "11 h"),
        (timedelta(hours=13), "yesterday", "1 d"),
        (timedelta(days=2), "2 days ago", "2 d"),
        (timedelta(days=6), "6 days ago", "6 d"),
        (timedelta(days=7), "13 Nov", "13 Nov"),
        (timedelta(days=365), "20 Nov 2025", "20 Nov 2025"),
    ],
)
def test_relative_times(passed, long, short):
    assert time_ago(NOON - passed, NOON) == long
    assert brief_time_ago(NOON - passed, NOON) == short


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (3, "in 3 days"),
        (-3, "3 days ago"),
        (7, "27 Nov"),
        (100, "28 Feb 2027"),
    ],
)
def test_days(days, words):
    today = date(2026, 11, 20)
    assert relative_day(today + timedelta(days=days), today) == words


@pytest.mark.parametrize("change", ["2026-03-29T01:00", "2026-10-25T01:00"])
def test_relative_times_are_right_while_clocks_change(change):
    zone, moment = ZoneInfo("Europe/Berlin"), datetime.fromisoformat(f"{change}+00:00")
    before, after = (
        (moment + timedelta(minutes=minutes)).astimezone(zone) for minutes in (-10, 10)
    )
    assert (time_ago(before, after), brief_time_ago(before, after)) == ("20 minutes ago", "20 min")
    assert time_ago(after, before) == "in 20 minutes"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["3 Mar", "3 Aug 2025"]),
        ("de", ["3. März", "3. Aug. 2025"]),
        ("fr", ["3 mars", "3 août 2025"]),
        ("es", ["3 mar", "3 ago 2025"]),
    ],
)
def test_months_are_written_as_in_the_language(language, words):
    with translation.override(language):
        assert [
            time_ago(NOON.replace(month=3, day=3), NOON),
            time_ago(NOON.replace(year=2025, month=8, day=3), NOON),
        ] == words


def test_lists_have_the_comma_of_the_language():
    assert comma_list(["red", 7]) == "red, 7"
    with translation.override("ar"):
        assert comma_list(["أحمر", "أخضر"]) == "أحمر، أخضر"


def test_sizes_have_no_needless_decimal_place():
    shown = [file_size(size).replace("\xa0", " ") for size in (20 * 1024**2, 1536 * 1024, 10)]
    assert shown == ["20 MB", "1.5 MB", "10 bytes"]
    with translation.override("de"):
        assert file_size(20 * 1024**2) == "20\xa0MB"


def test_times_follow_the_time_zone_and_the_language():
    shown = set()
    for zone in ("UTC", "Asia/Tokyo"):
        for language in ("en", "de"):
            with timezone.override(zone), translation.override(language):
                shown.add(time_html(NOON))
                assert time_html(NOON) in shown
    assert len(shown) == 4
