"""Filters that several columns share."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

from wagtail_portal.fields.form_fields import FilterCheckboxes, RangeField
from wagtail_portal.fields.types.dates import BoundedDateField
from wagtail_portal.utils.days import end_of_day, start_of_day
from wagtail_portal.utils.typing import StrOrPromise


class IdsField(forms.MultipleChoiceField):
    """Primary keys. Lists set the choices; any other key is valid, and finds nothing."""

    def valid_value(self, value: Any) -> Any:
        return value.isdecimal() and value.isascii() and len(value) < 19


def choice_field(
    label: StrOrPromise, choices: Any = (), field_class: Any = IdsField
) -> forms.MultipleChoiceField:
    """Return a field with a checkbox for each choice."""
    return field_class(label=label, choices=choices, widget=FilterCheckboxes)


def choice_q(name: str, chosen: Any) -> Q:
    """Return the condition that the field ``name`` is one of ``chosen``."""
    return Q(**{f"{name}__in": chosen}) if chosen else Q()


def period_field(label: StrOrPromise) -> RangeField:
    """Return a field for the first and the last day of a period."""
    return RangeField(BoundedDateField, label=label)


def period_q(name: str, days: tuple[date | None, date | None] | None) -> Q:
    """Return the condition that the datetime ``name`` is within days of the reader's time zone."""
    first, last = days or (None, None)
    found = Q(**{f"{name}__gte": start_of_day(first)}) if first else Q()
    if last:
        found &= Q(**{f"{name}__lte": end_of_day(last)})
    return found
