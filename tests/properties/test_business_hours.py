"""Support hours, checked against a walk through the week in steps of 15 minutes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wagtail_portal.utils.business_hours import Opening, back_at

ZONES = ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
quarters = st.builds(time, st.integers(min_value=0, max_value=23), st.sampled_from([0, 15, 30, 45]))
days = st.frozensets(st.integers(min_value=0, max_value=6), min_size=1)
openings = st.lists(st.builds(Opening, days, quarters, quarters), max_size=4)


def between(first, last):
    """Generate times on days in a period given as ``(year, month, day)``."""
    ends = (datetime(*day, tzinfo=UTC).replace(tzinfo=None) for day in (first, last))
    return st.datetimes(*ends, timezones=st.just(UTC))


# In standard and daylight saving time, and on the nights when the clocks change.
moments = st.one_of(
    between((2025, 1, 1), (2027, 12, 31)),
    between((2026, 3, 28), (2026, 3, 30)),
    between((2026, 10, 24), (2026, 10, 26)),
)


def is_open(hours, zone, moment) -> bool:
    """The rule in plain words: hours that started today or yesterday aren't over yet."""
    local = moment.astimezone(zone)
    for opening in hours:
        for day in (local.date(), local.date() - timedelta(days=1)):
            if day.weekday() not in opening.days:
                continue
            over_night = opening.closes <= opening.opens
            end_day = day + timedelta(days=1) if over_night else day
            begin = datetime.combine(day, opening.opens, tzinfo=zone).astimezone(UTC)
            end = datetime.combine(end_day, opening.closes, tzinfo=zone).astimezone(UTC)
            if begin <= moment < end:
                return True
    return False


@given(openings, st.sampled_from(ZONES), moments)
def test_team_is_back_when_the_next_support_hours_start(hours, zone_name, now):
    zone = ZoneInfo(zone_name)
    found = back_at(hours, zone, now)
    if not hours or is_open(hours, zone, now):
        assert found is None
        return
    assert now < found <= now + timedelta(days=8)
    assert found.astimezone(zone).time() in {opening.opens for opening in hours}
    # The team is not there earlier: hours start on a quarter hour, so checking each one is enough.
    moment = now.replace(second=0, microsecond=0) + timedelta(minutes=15 - now.minute % 15)
    while moment < found:
        assert not is_open(hours, zone, moment)
        moment += timedelta(minutes=15)
