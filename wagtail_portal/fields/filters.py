"""Ready-made ways to filter and sort by a ticket field, for field types to inherit from."""

from django import forms
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.lookups import Exact, GreaterThanOrEqual, IsNull, LessThanOrEqual

from .base import FieldSpec, FieldType
from .form_fields import CleanLineField, RangeField
from .stored import Contains, ContainsAny, StoredLine, StoredNumber, StoredText


class FilterByWords(FieldType):
    """For a type that is stored as text: filter by what it contains, sort alphabetically."""

    def filter_field(self, spec):
        return CleanLineField(label=spec.label, required=False, max_length=100)

    def filter_q(self, key, cleaned):
        return Q(Contains(key, cleaned)) if cleaned else Q()

    def sort_expressions(self, key, spec):
        return (StoredLine(key),)


class FilterByChoice(FieldType):
    """For a type that is stored as the key of a choice: filter by several of them."""

    def filter_choices(self, spec: FieldSpec) -> list[tuple[str, str]]:
        """Return what can be picked, with archived choices, because tickets may have them."""
        return [(choice.key, choice.label) for choice in spec.choices]

    def filter_field(self, spec):
        return forms.MultipleChoiceField(
            label=spec.label,
            required=False,
            choices=self.filter_choices(spec),
            widget=forms.CheckboxSelectMultiple,
        )

    def filter_q(self, key, cleaned):
        return Q(ContainsAny(key, cleaned)) if cleaned else Q()

    def sort_expressions(self, key, spec):
        return (in_order(StoredText(key), [choice.key for choice in spec.choices]),)


class FilterByNumber(FieldType):
    """For a type that is stored as a number, or as a number in a text: filter by range."""

    def filter_field(self, spec):
        def number():
            attrs = {"inputmode": "decimal", "step": "any"}
            return forms.DecimalField(
                max_digits=30, decimal_places=10, widget=forms.NumberInput(attrs=attrs)
            )

        return RangeField(number, label=spec.label, required=False)

    def filter_q(self, key, cleaned):
        stored = StoredNumber(key)
        # A value, not a literal: SQLite compares numbers only with what it knows to be one.
        return between(
            stored,
            [end if end is None else Value(end, stored.output_field) for end in cleaned or ()],
        )

    def sort_expressions(self, key, spec):
        return (StoredNumber(key),)


def between(expression, ends) -> Q:
    """Return the condition that ``expression`` is between the two ``ends``, inclusive; None for an
    open end."""
    found = Q()
    for lookup, end in zip((GreaterThanOrEqual, LessThanOrEqual), ends, strict=False):
        if end is not None:
            found &= Q(lookup(expression, end))
    return found


def in_order(expression, values) -> Case:
    """Return the position of ``expression`` in ``values``: after them for another value, NULL for
    none."""
    places = [When(Exact(expression, value), then=place) for place, value in enumerate(values)]
    another = When(IsNull(expression, False), then=len(places))
    return Case(*places, another, default=None, output_field=IntegerField())
