"""Dates, and dates with a time."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from wagtail_portal.fields.base import FieldType
from wagtail_portal.fields.filters import between
from wagtail_portal.fields.form_fields import RangeField
from wagtail_portal.fields.stored import StoredText
from wagtail_portal.utils import humanize

RELATIVE = [
    ("not_past", _("Not in the past")),
    ("not_future", _("Not in the future")),
]


class BoundedDateField(forms.DateField):
    """A date between two others, and perhaps not in the past or the future.

    Browsers show dates in the user's format and always send ISO 8601.
    """

    def __init__(
        self, *, earliest: Any = None, latest: Any = None, relative: Any = "", **kwargs: Any
    ) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)
        self.earliest, self.latest = earliest, latest
        if relative:
            today = timezone.localdate()
            if relative == "not_past":
                self.earliest = max(earliest or today, today)
            elif relative == "not_future":
                self.latest = min(latest or today, today)
        if self.earliest:
            self.widget.attrs["min"] = self.earliest.isoformat()
        if self.latest:
            self.widget.attrs["max"] = self.latest.isoformat()

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if value and self.earliest and value < self.earliest:
            raise ValidationError(
                gettext("Enter %(date)s or a later date.") % {"date": date_format(self.earliest)}
            )
        if value and self.latest and value > self.latest:
            raise ValidationError(
                gettext("Enter %(date)s or an earlier date.") % {"date": date_format(self.latest)}
            )
        return value


class FilterByDay(FieldType):
    """Filter a type stored as ISO 8601 by the first and the last day."""

    sorts_descending_first = True

    def filter_field(self, spec: Any) -> Any:
        return RangeField(BoundedDateField, label=spec.label, required=False)

    def filter_q(self, key: str, cleaned: Any) -> Q:
        return between(StoredText(key), self.filter_ends(*(cleaned or (None, None))))

    def filter_ends(self, first: Any, last: Any) -> list[str | None]:
        """Return the smallest and the largest value that can be stored for these days."""
        return [day.isoformat() if day else None for day in (first, last)]

    def sort_expressions(self, key: str, spec: Any) -> Any:
        return (StoredText(key),)


class DateType(FilterByDay):
    """A day, stored as ISO 8601."""

    key = "date"
    label = _("Date")
    description = _("A calendar date")
    icon = "date"

    def form_field(self, spec: Any) -> Any:
        return BoundedDateField(
            earliest=spec.options.get("earliest"),
            latest=spec.options.get("latest"),
            relative=spec.options.get("relative") or "",
            error_messages={"invalid": _("Enter a date in the format 2026-12-31.")},
        )

    def to_json(self, value: Any) -> Any:
        return value.isoformat() if value else None

    def from_json(self, stored: Any) -> Any:
        return _parsed(parse_date, stored)

    def display(self, stored: Any, spec: Any) -> str:
        value = _parsed(parse_date, stored)
        return date_format(value, "DATE_FORMAT") if value else super().display(stored, spec)

    def list_html(self, stored: Any, spec: Any) -> Any:
        value = _parsed(parse_date, stored)
        return humanize.day_html(value) if value else super().list_html(stored, spec)

    def export(self, stored: Any, spec: Any) -> Any:
        return _parsed(parse_date, stored) or self.display(stored, spec)

    def block_options(self) -> Any:
        today = blocks.ChoiceBlock(
            choices=RELATIVE, required=False, label=_("Limit relative to today")
        )
        return [
            ("earliest", blocks.DateBlock(required=False, label=_("Earliest"))),
            ("latest", blocks.DateBlock(required=False, label=_("Latest"))),
            ("relative", today),
        ]


#: Stands for the current time zone while a time is read.
WALL_CLOCK = datetime.timezone(datetime.timedelta(0), "wall clock")


class BoundedDateTimeField(forms.DateTimeField):
    """A time that exists in every time zone, so not at the ends of Python's calendar.

    In the hour that repeats when clocks go back, it's the first of the two times, which Django's
    field refuses. See :pep:`495`.
    """

    def to_python(self, value: Any) -> Any:
        with timezone.override(WALL_CLOCK):
            parsed = super().to_python(value)
        if parsed and not datetime.MINYEAR < parsed.year < datetime.MAXYEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        # A time with an offset isn't one of the current time zone.
        if parsed is None or parsed.tzinfo is not WALL_CLOCK:
            return parsed
        return _in_current_zone(parsed.replace(tzinfo=None))


def _in_current_zone(local: datetime.datetime) -> datetime.datetime:
    """Return a local time as an aware one.

    :raises ValidationError: if clocks skip it.
    """
    value = timezone.make_aware(local)
    if timezone.make_naive(value.astimezone(datetime.UTC)) != local:
        message = gettext(
            "There’s no %(time)s on %(date)s, because clocks go forward then. Enter an earlier or "
            "a later time."
        )
        names = {"time": date_format(local, "TIME_FORMAT"), "date": date_format(local)}
        raise ValidationError(message % names, code="skipped")
    return value


class DateTimeType(FilterByDay):
    """A time, entered in the user's time zone and stored in UTC."""

    key = "datetime"
    label = _("Date and time")
    description = _("A date and a time of day")
    icon = "time"

    def form_field(self, spec: Any) -> Any:
        return BoundedDateTimeField(
            widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
            error_messages={"invalid": _("Enter a date and time in the format 2026-12-31 14:30.")},
        )

    def to_json(self, value: Any) -> Any:
        return value.astimezone(datetime.UTC).isoformat() if value else None

    def from_json(self, stored: Any) -> Any:
        # Formatted like input from a browser, so that the form field can clean it again.
        value = _local(stored)
        # Unlike strftime(), with four digits in every year.
        return value.replace(tzinfo=None).isoformat(timespec="seconds") if value else None

    def clean_stored(self, stored: Any, form_field: Any) -> Any:
        # As text, it could be another time in the hour that repeats when clocks go back.
        return form_field.clean(_local(stored))

    def display(self, stored: Any, spec: Any) -> str:
        value = _local(stored)
        return date_format(value, "DATETIME_FORMAT") if value else super().display(stored, spec)

    def list_html(self, stored: Any, spec: Any) -> Any:
        value = _local(stored)
        return humanize.time_html(value) if value else super().list_html(stored, spec)

    def export(self, stored: Any, spec: Any) -> Any:
        return _local(stored) or self.display(stored, spec)

    def searched_text(self, stored: Any) -> Any:
        # The time depends on the reader's time zone.
        return str(stored)[:10]

    def filter_ends(self, first: Any, last: Any) -> Any:
        """Return when the days start and end in the current time zone."""
        return [
            _utc(first, datetime.time.min) if first else None,
            # If the last hour repeats, the day ends after the second one.
            _utc(last, datetime.time.max.replace(fold=1)) if last else None,
        ]


def _utc(day: Any, time: Any) -> str | None:
    """Return a local time as it's stored; None at the ends of Python's calendar."""
    try:
        local = timezone.make_aware(datetime.datetime.combine(day, time))
        return local.astimezone(datetime.UTC).isoformat(timespec="seconds")
    except OverflowError:
        return None


def _local(stored: Any) -> Any:
    """Return a stored time in the current time zone; None for anything else."""
    value = _parsed(parse_datetime, stored)
    try:
        return timezone.localtime(value) if value else None
    except (OverflowError, ValueError):
        # Imported times may have no time zone, or not exist in this one.
        return None


def _parsed(parse: Any, stored: Any) -> Any:
    """Return a stored text as parsed by ``parse``; None for anything else."""
    if not isinstance(stored, str):
        return None
    try:
        return parse(stored)
    except ValueError:
        return None
