"""Dates that don't exist in another time zone."""

import uuid

import pytest
from django.utils import timezone

from tests import factories
from wagtail_portal.fields import FieldSpec, get_field_type
from wagtail_portal.models import Ticket


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_last_day_of_the_calendar_is_not_a_valid_answer(
    home, dana, as_member, settings, zone, moment
):
    settings.TIME_ZONE = zone
    when = factories.block("question_datetime", label="When", required=False, width="full")
    page = factories.form_page(home, [factories.block("subject"), when])
    data = {"submission_key": uuid.uuid4(), "subject": "x", page.question_list[1].name: moment}
    response = as_member(dana).post("/support/report/", data)
    assert "Enter a date and time in the format" in response.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "stored", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "2026-05-01T10:00:00"]
)
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_any_imported_date_can_be_shown_in_every_time_zone(stored, zone):
    spec = FieldSpec("datetime", "When")
    with timezone.override(zone):
        assert get_field_type("datetime").display(stored, spec)
        get_field_type("datetime").from_json(stored)
