"""Ready-made filters and sort orders, for field types to inherit from."""

from typing import Any

from django import forms
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.lookups import Exact, GreaterThanOrEqual, IsNull, LessThanOrEqual

from wagtail_portal.utils.typing import StrOrPromise

from .base import FieldSpec, FieldType
from .form_fields import CleanLineField, FilterCheckboxes, NumberField, RangeField
from .stored import Contains, ContainsAny, StoredLine, StoredNumber, StoredText


class FilterByWords(FieldType):
    """Filter a type stored as text by what it contains, and sort it alphabetically."""

    def filter_field(self, spec: FieldSpec) -> Any:
        return CleanLineField(label=spec.label, required=False, max_length=100)

    def filter_q(self, key: str, cleaned: Any) -> Q:
        return Q(Contains(key, cleaned)) if cleaned else Q()

    def sort_expressions(self, key: str, spec: FieldSpec) -> Any:
        return (StoredLine(key),)


class FilterByChoice(FieldType):
    """Filter a type stored as the key of a choice by several choices."""

    def filter_choices(self, spec: FieldSpec) -> list[tuple[str, StrOrPromise]]:
        """Return the choices, including archived ones, because tickets may have them."""
        return [(choice.key, choice.label) for choice in spec.choices]

    def filter_field(self, spec: FieldSpec) -> Any:
        return checkboxes(spec, self.filter_choices(spec))

    def filter_q(self, key: str, cleaned: Any) -> Q:
        return Q(ContainsAny(key, cleaned)) if cleaned else Q()

    def sort_expressions(self, key: str, spec: FieldSpec) -> Any:
        return (in_order(StoredText(key), [choice.key for choice in spec.choices]),)


class FilterByNumber(FieldType):
    """Filter a type stored as a number, or as text that holds one, by range."""

    def filter_field(self, spec: FieldSpec) -> Any:
        def number() -> Any:
            return NumberField(max_digits=30, decimal_places=10)

        return RangeField(number, label=spec.label, required=False)

    def filter_q(self, key: str, cleaned: Any) -> Q:
        stored = StoredNumber(key)
        # SQLite compares numbers only with values of a numeric type.
        ends = [end if end is None else Value(end, stored.output_field) for end in cleaned or ()]
        return between(stored, ends)

    def sort_expressions(self, key: str, spec: FieldSpec) -> Any:
        return (StoredNumber(key),)


def checkboxes(spec: FieldSpec, choices: Any) -> forms.MultipleChoiceField:
    """Return the form field of a filter with a checkbox for each choice."""
    return forms.MultipleChoiceField(
        label=spec.label, required=False, choices=choices, widget=FilterCheckboxes
    )


def between(expression: Any, ends: Any) -> Q:
    """Return the condition that ``expression`` is between two inclusive ends; None means open."""
    found = Q()
    for lookup, end in zip((GreaterThanOrEqual, LessThanOrEqual), ends, strict=False):
        if end is not None:
            found &= Q(lookup(expression, end))
    return found


def in_order(expression: Any, values: Any) -> Case:
    """Return the position of ``expression`` in ``values``. Other values come last; NULL stays."""
    cases = [When(Exact(expression, value), then=index) for index, value in enumerate(values)]
    other = When(IsNull(expression, False), then=len(cases))
    return Case(*cases, other, default=None, output_field=IntegerField())
