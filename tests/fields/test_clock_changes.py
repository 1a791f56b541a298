"""Times in the night when clocks change, and days that begin or end in such an hour."""

import datetime
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import factories
from tests.pages.ticket.test_fields import original
from tests.pages.ticket.ticket_pages import designate, send
from wagtail_portal import actions
from wagtail_portal.columns.filters import period_q
from wagtail_portal.desk.customer_filters import DayRangeField
from wagtail_portal.fields import FieldSpec, get_field_type
from wagtail_portal.fields.conditions import Condition
from wagtail_portal.models import Ticket
from wagtail_portal.pages.home_content.blocks import HomeBlocks

FIRST, SECOND = "2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"


@pytest.fixture(autouse=True)
def berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"


@pytest.fixture
def form(home):
    when = factories.block("question_datetime", label="When", required=False, width="full")
    return factories.form_page(home, [factories.block("subject"), when])


def answer(browser, form, typed):
    data = {"submission_key": uuid.uuid4(), "subject": "x", form.question_list[1].name: typed}
    return browser.post("/support/report/", data)


def test_time_in_the_repeated_hour_is_the_first_one(browser, form):
    assert answer(browser, form, "2026-10-25T02:30").status_code == 302
    assert Ticket.objects.get().answers[0]["value"] == FIRST


def test_time_in_the_skipped_hour_is_explained(browser, form):
    page = answer(browser, form, "2026-03-29T02:30").content.decode()
    assert (
        "There’s no 2:30 a.m. on March 29, 2026, because clocks go forward then. Enter an earlier "
        "or a later time."
    ) in page
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("stored", [FIRST, SECOND, "2026-10-25T01:30:45.678900+00:00"])
def test_ticket_with_a_time_in_the_repeated_hour_can_be_changed(browser, home, dana, stored):
    typed = "2026-10-25T02:30:45" if "45" in stored else "2026-10-25T02:30:00"
    field = factories.ticket_field("When", type="datetime")
    ticket = factories.ticket(dana)
    Ticket.objects.update(values={"when": stored})
    designate(ticket, field, editable=True)
    designate(ticket, "urgency", editable=True)
    data = {"fields-original": original(browser, ticket), "fields-urgency": "high"}
    send(browser, ticket, "fields/", **data, **{"fields-field-when": typed})
    ticket.refresh_from_db()
    assert ticket.urgency == "high"
    assert ticket.values == {"when": stored}


def test_condition_on_a_time_is_met_in_the_readers_zone():
    field = get_field_type("datetime").form_field(FieldSpec("datetime", "When"))
    condition = Condition("q", "equals", ("2026-12-31 14:30",))
    assert condition.holds(field.clean("2026-12-31T14:30"))
    assert not condition.holds(field.clean("2026-12-31T13:30"))


def test_announcement_can_begin_in_the_repeated_hour():
    block = HomeBlocks().child_blocks["announcement"].child_blocks["begins"]
    assert block.clean("2026-10-25 02:30").isoformat() == "2026-10-25T02:30:00+02:00"
    with pytest.raises(ValidationError, match="clocks go forward"):
        block.clean("2026-03-29 02:30")


def test_action_keeps_the_second_time(ticket, team):
    factories.ticket_field("When", type="datetime")
    actions.change_fields(ticket, by=team, values={"when": SECOND})
    ticket.refresh_from_db()
    assert ticket.values == {"when": SECOND}


def test_time_with_an_offset_is_not_one_of_the_readers_zone():
    field = get_field_type("datetime").form_field(FieldSpec("datetime", "When"))
    assert field.clean("2026-03-29T02:30+00:00").astimezone(datetime.UTC).hour == 2


def test_day_whose_last_hour_repeats_ends_after_the_second_one(ticket):
    # In Cairo, 23:30 on this day comes twice: at 20:30 and 21:30 UTC.
    day = datetime.date(2026, 10, 29)
    moment = datetime.datetime(2026, 10, 29, 21, 30, tzinfo=datetime.UTC)
    Ticket.objects.update(values={"when": moment.isoformat()}, updated_at=moment)
    with timezone.override("Africa/Cairo"):
        assert Ticket.objects.filter(period_q("updated_at", (day, day))).exists()
        found = get_field_type("datetime").filter_q("when", (day, day))
        assert Ticket.objects.filter(found).exists()
        assert DayRangeField().compress([day, day]).stop > moment


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_team_can_filter_by_any_day(ticket, zone):
    with timezone.override(zone):
        days = DayRangeField().compress([datetime.date.min, datetime.date.max])
        assert Ticket.objects.filter(updated_at__range=(days.start, days.stop)).exists()


def test_year_with_a_zero_in_front_stays():
    """Someone typed 0206 for 2026, and the date field of a browser doesn't mind."""
    field_type, spec = get_field_type("datetime"), FieldSpec("datetime", "When")
    form_field = field_type.form_field(spec)
    stored = field_type.to_json(form_field.clean("0206-05-04T10:30"))
    shown = form_field.widget.format_value(field_type.from_json(stored))
    assert shown == "0206-05-04T10:30:00"
    assert form_field.clean(shown) == form_field.clean("0206-05-04T10:30")
    before = Condition("a", "less", ("2026-05-04 10:30",))
    assert before.holds(form_field.clean(shown))
