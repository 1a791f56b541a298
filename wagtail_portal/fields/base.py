"""The base class of field types, and the description of a field that they work on."""

from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.db.models import F, Q
from django.utils.html import escape
from django.utils.safestring import SafeString

from wagtail_portal.utils.typing import StrOrPromise


@dataclass(frozen=True)
class Choice:
    """A choice of a field: ``key`` is stored and never changes, ``label`` is shown."""

    key: str
    label: StrOrPromise
    colour: str = ""
    archived: bool = False
    #: The label in every language, because an editor may type any of them.
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldSpec:
    """A field as a form or a ticket shows it, wherever it's defined."""

    type: str
    label: StrOrPromise
    help_text: StrOrPromise = ""
    required: bool = False
    placeholder: str = ""
    default: Any = None
    choices: tuple[Choice, ...] = ()
    #: Other options of the type, such as ``{"max_length": 80}``.
    options: dict[str, Any] = field(default_factory=dict)

    def choice(self, key: str) -> Choice | None:
        """Return the choice with that key, archived ones included."""
        return next((choice for choice in self.choices if choice.key == key), None)

    def allowing(self, stored: Any) -> "FieldSpec":
        """Return the field with the archived choices in ``stored`` available, to keep a value."""
        keys = stored if isinstance(stored, list) else [stored]
        choices = [
            replace(choice, archived=choice.archived and choice.key not in keys)
            for choice in self.choices
        ]
        return replace(self, choices=tuple(choices))


class FieldType:
    """How a kind of value is entered, stored and shown. Subclass and register it to add one.

    Stored values are JSON; ``None`` always means "not answered".
    """

    #: Stored with fields and answers, so it must never change.
    key: str
    label: StrOrPromise
    description: StrOrPromise = ""
    icon: str = "edit"
    #: Whether editors give the field a list of choices.
    has_choices: bool = False
    #: Whether the widget is short enough to be placed beside another one.
    can_be_half_width: bool = True
    #: Whether sorting starts with the largest value, as for dates.
    sorts_descending_first: bool = False
    #: Whether an answer can be typed: as a default, a preset, in a condition, or in a form's URL.
    can_be_typed: bool = True
    #: Whether a form's answer is shown as it was at the time, rather than computed from its value.
    keeps_display: bool = False
    #: Whether a cleaned value is a file, for the action to store.
    is_file: bool = False

    def prepare(self, spec: FieldSpec, context: Any, stored: Any = ()) -> FieldSpec:
        """Return ``spec`` with the external data that the methods below need.

        :param context: a :class:`.context.FormContext`.
        :param stored: the values to be shown, of all rows in a list: look them up in one query.
        """
        return spec

    def form_field(self, spec: FieldSpec) -> forms.Field:
        """Return the form field for a value, without label, help text or required."""
        raise NotImplementedError

    def to_json(self, value: Any) -> Any:
        """Return the stored form of a cleaned value."""
        return value or None

    def from_json(self, stored: Any) -> Any:
        """Return the initial value of the form field for a stored value."""
        return stored

    def clean_stored(self, stored: Any, form_field: forms.Field) -> Any:
        """Return the value that a form field accepts for a stored one.

        :raises ValidationError: if it doesn't accept it.
        """
        return form_field.clean(self.from_json(stored))

    def display(self, stored: Any, spec: FieldSpec) -> str:
        """Return ``stored`` as plain text, for emails, exports and search; "" if not answered."""
        return "" if stored is None else str(stored)

    def html(self, stored: Any, spec: FieldSpec) -> SafeString:
        """Return ``stored`` as safe HTML, for the portal and the admin."""
        return escape(self.display(stored, spec))

    def list_html(self, stored: Any, spec: FieldSpec) -> SafeString:
        """Return ``stored`` as safe HTML on one line without links, for a row of a list."""
        return self.html(stored, spec)

    def export(self, stored: Any, spec: FieldSpec) -> Any:
        """Return ``stored`` for a spreadsheet: text, a number, a date or an aware datetime."""
        return self.display(stored, spec)

    def searched_text(self, stored: Any) -> str:
        """Return the text by which the search finds a ticket with this value, in no particular
        language; "" for none. Choices are always found by their labels."""
        return str(stored) if isinstance(stored, str | int | float) else ""

    def filter_field(self, spec: FieldSpec) -> forms.Field | None:
        """Return the form field of a filter, with its label and not required; None if the type
        can't be used as a filter. See :mod:`.filters` for ready-made ones."""
        return None

    def filter_q(self, key: str, cleaned: Any) -> Q:
        """Return the condition that the filter puts on tickets.

        :param key: of the ticket field.
        :param cleaned: the cleaned value of :meth:`filter_field`; if empty, all tickets match.
        """
        return Q()

    def sort_expressions(self, key: str, spec: FieldSpec) -> tuple | None:
        """Return the expressions that sort tickets in ascending order, NULL where there's no value;
        None if tickets can't be sorted by the type. Lists use :meth:`ordering`."""
        return None

    def ordering(self, key: str, spec: FieldSpec, *, descending: bool = False) -> list | None:
        """Return the arguments of ``order_by()``, with unanswered fields last in both directions;
        None if tickets can't be sorted by the type. Add an expression that breaks ties."""
        expressions = self.sort_expressions(key, spec)
        if expressions is None:
            return None
        direction = "desc" if descending else "asc"
        return [
            getattr(F(row) if isinstance(row, str) else row, direction)(nulls_last=True)
            for row in expressions
        ]

    def block_options(self) -> list[tuple[str, Any]]:
        """Return ``(name, block)`` pairs for the options of a question of this type."""
        return []

    def options_from_block(self, value: Any) -> dict[str, Any]:
        """Return ``FieldSpec.options`` from the values of :meth:`block_options`."""
        return {name: value.get(name) for name, _block in self.block_options()}
