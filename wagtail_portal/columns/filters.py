"""Filters that several columns share."""

from collections.abc import Callable, Sequence
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

    widget = FilterCheckboxes

    def valid_value(self, value: Any) -> Any:
        return value.isdecimal() and value.isascii() and len(value) < 19


class StatusField(forms.MultipleChoiceField):
    """Statuses by the labels for customers: those with the same label are one choice, and the URL
    may have the key of any of them. Cleans to primary keys."""

    widget = FilterCheckboxes

    def __init__(self, statuses: Sequence, **kwargs: Any) -> None:
        self.statuses = statuses
        self.labels = {status.key: status.label for status in statuses}
        self.first = {label: key for key, label in reversed(self.labels.items())}
        choices = [
            (status.key, status.localized_label)
            for status in statuses
            if self.first[status.label] == status.key
        ]
        super().__init__(choices=choices, **kwargs)

    def canonical(self, key: str) -> str | None:
        """Return the key that stands for all with its label; None for an unknown one."""
        return self.first.get(self.labels.get(key))

    def clean(self, value: Any) -> Any:
        labels = {self.labels[key] for key in super().clean(value)}
        return [status.pk for status in self.statuses if status.label in labels]


class PeriodField(RangeField):
    """The first and the last day of a period. The team gets the date pickers of the admin."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(BoundedDateField, **kwargs)


def choice_field(label: StrOrPromise, choices: Any) -> forms.MultipleChoiceField:
    """Return a field with a checkbox for each choice."""
    return forms.MultipleChoiceField(label=label, choices=choices, widget=FilterCheckboxes)


def choice_q(name: str, chosen: Any, expand: Callable = list) -> Q:
    """Return the condition that the field ``name`` is one of ``chosen``, where None stands for no
    value. Without any, all tickets match.

    :param expand: takes the other values, and returns those that count.
    """
    keys = [key for key in chosen or () if key is not None]
    found = Q(**{f"{name}__in": expand(keys)}) if keys else Q()
    return found | Q(**{f"{name}__isnull": True}) if None in (chosen or ()) else found


def period_q(name: str, days: tuple[date | None, date | None] | None) -> Q:
    """Return the condition that the datetime ``name`` is within days of the reader's time zone."""
    first, last = days or (None, None)
    found = Q(**{f"{name}__gte": start_of_day(first)}) if first else Q()
    if last:
        found &= Q(**{f"{name}__lte": end_of_day(last)})
    return found
