"""The base class of field types, and the description of a field that they work on."""

from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.db.models import F, Q
from django.utils.html import escape
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Choice:
    """One choice of a field: ``key`` is stored and never changes, ``label`` is what people read."""

    key: str
    label: str
    colour: str = ""
    archived: bool = False
    #: The label in every language: what an editor may have typed.
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldSpec:
    """One field, wherever it is defined, as a form or a ticket shows it."""

    type: str
    label: str
    help_text: str = ""
    required: bool = False
    placeholder: str = ""
    default: Any = None
    choices: tuple[Choice, ...] = ()
    #: Further options of the type, for example ``{"max_length": 80}``.
    options: dict[str, Any] = field(default_factory=dict)

    def choice(self, key: str) -> Choice | None:
        """Return the choice with that key, archived ones included."""
        return next((choice for choice in self.choices if choice.key == key), None)

    def keeping(self, stored: Any) -> "FieldSpec":
        """Return the same field, where archived choices that ``stored`` holds can be kept."""
        held = stored if isinstance(stored, list) else [stored]
        choices = [
            replace(choice, archived=choice.archived and choice.key not in held)
            for choice in self.choices
        ]
        return replace(self, choices=tuple(choices))


class FieldType:
    """One kind of value: how it is asked, stored and shown. Subclass and register to add one.

    The stored form of a value is JSON; ``None`` always means "not answered".
    """

    #: Stored with fields and answers; never changes.
    key: str
    label: str
    description: str = ""
    icon: str = "edit"
    #: Whether editors give the field a list of choices.
    has_choices: bool = False
    #: Whether the widget is short enough to stand beside another one.
    can_be_half_width: bool = True
    #: Whether who sorts by it wants the largest first, as with dates.
    sorts_descending_first: bool = False
    #: Whether an editor can type an answer: as a default, a preset or in a condition, and whoever
    #: makes a link in its URL.
    can_be_typed: bool = True
    #: Whether an answer to a question of a form is shown for good as it read on that day, rather
    #: than made of its value.
    keeps_display: bool = False
    #: Whether a cleaned value is a file, which the action that takes it has to keep.
    is_file: bool = False

    def prepare(self, spec: FieldSpec, context, stored=()) -> FieldSpec:
        """Return ``spec`` with everything that the type looks up, before any method below is
        called: who can be chosen, where a file is. Looks everything up at once.

        :param context: a :class:`.context.FormContext`.
        :param stored: the values that are going to be shown.
        """
        return spec

    def form_field(self, spec: FieldSpec) -> forms.Field:
        """Return the form field that asks for a value, without label, help text or required."""
        raise NotImplementedError

    def to_json(self, value: Any) -> Any:
        """Return the stored form of a cleaned value."""
        return value or None

    def from_json(self, stored: Any) -> Any:
        """Return the initial value of the form field for a stored value."""
        return stored

    def display(self, stored: Any, spec: FieldSpec) -> str:
        """``stored`` in plain words, for mails, exports and search; "" when not answered."""
        return "" if stored is None else str(stored)

    def html(self, stored: Any, spec: FieldSpec) -> SafeString:
        """``stored`` as safe HTML, for the portal and the admin."""
        return escape(self.display(stored, spec))

    def list_html(self, stored: Any, spec: FieldSpec) -> SafeString:
        """``stored`` as safe HTML on one line, for a row of a list, which is one link itself."""
        return self.html(stored, spec)

    def export(self, stored: Any, spec: FieldSpec) -> Any:
        """``stored`` for a cell of a spreadsheet: text, a number, a date, or a moment with its
        zone."""
        return self.display(stored, spec)

    def filter_field(self, spec: FieldSpec) -> forms.Field | None:
        """Return the form field by which a list of tickets is filtered, with its label and not
        required; None when the type cannot be filtered by. See :mod:`.filters` for ready-made
        ones."""
        return None

    def filter_q(self, key: str, cleaned: Any) -> Q:
        """Return the tickets that the filter leaves.

        :param key: of the ticket field.
        :param cleaned: what :meth:`filter_field` cleaned; everything stays when that is empty.
        """
        return Q()

    def sort_expressions(self, key: str, spec: FieldSpec) -> tuple | None:
        """Return what tickets are sorted by, in ascending order; None if the type doesn't sort.

        Each expression is NULL where the ticket has no value. Lists take :meth:`ordering`.
        """
        return None

    def ordering(self, key: str, spec: FieldSpec, *, descending: bool = False) -> list | None:
        """Return the arguments of ``order_by()``; None if the type doesn't sort. Fields without an
        answer come last in both directions. Add something that tells equal tickets apart."""
        expressions = self.sort_expressions(key, spec)
        if expressions is None:
            return None
        direction = "desc" if descending else "asc"
        return [
            getattr(F(found) if isinstance(found, str) else found, direction)(nulls_last=True)
            for found in expressions
        ]

    def block_options(self) -> list[tuple[str, Any]]:
        """Return further ``(name, block)`` pairs that editors fill for a question of this type."""
        return []

    def options_from_block(self, value: Any) -> dict[str, Any]:
        """``FieldSpec.options`` from the values of :meth:`block_options`."""
        return {}
