"""One choice, several choices, and yes or no."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.lookups import In
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.base import Choice, FieldSpec, FieldType
from wagtail_portal.fields.basic_blocks import WholeNumberBlock
from wagtail_portal.fields.filters import FilterByChoice, checkboxes, in_order
from wagtail_portal.fields.form_fields import Select
from wagtail_portal.fields.stored import IsAnswered, StoredBoolean
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.typing import StrOrPromise


def choice_html(choice: Choice) -> Any:
    """Return a choice as safe HTML, with its color."""
    if not choice.colour:
        return escape(choice.label)
    return format_html(
        '<span class="portal-choice" data-colour="{}">{}</span>', choice.colour, choice.label
    )


def _open_choices(spec: FieldSpec) -> list[tuple[str, StrOrPromise]]:
    return [(choice.key, choice.label) for choice in spec.choices if not choice.archived]


class ChoiceType(FilterByChoice):
    """One of several choices, stored by its key."""

    key = "choice"
    label = _("Choice")
    description = _("One of several choices")
    icon = "list-ul"
    has_choices = True

    def form_field(self, spec: FieldSpec) -> Any:
        return forms.ChoiceField(
            choices=[("", gettext("Select an option")), *_open_choices(spec)],
            widget=Select,
            error_messages={"invalid_choice": _("Select an option from the list.")},
        )

    def from_json(self, stored: Any) -> Any:
        return stored or ""

    def display(self, stored: Any, spec: FieldSpec) -> str:
        choice = spec.choice(stored)
        return str(choice.label) if choice else super().display(stored or None, spec)

    def html(self, stored: Any, spec: FieldSpec) -> Any:
        choice = spec.choice(stored)
        return choice_html(choice) if choice else escape(self.display(stored, spec))


class BoundedMultipleChoiceField(forms.MultipleChoiceField):
    """Several choices, at least ``least`` and at most ``most`` of them, if set."""

    def __init__(self, *, least: Any = None, most: Any = None, **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)
        self.least, self.most = least, most

    def clean(self, value: Any) -> Any:
        chosen = list(dict.fromkeys(super().clean(value)))
        if chosen and self.least and len(chosen) < self.least:
            raise ValidationError(
                ngettext(
                    "Select at least %(number)d option.",
                    "Select at least %(number)d options.",
                    self.least,
                )
                % {"number": self.least}
            )
        if self.most and len(chosen) > self.most:
            raise ValidationError(
                ngettext(
                    "Select only %(number)d option.", "Select up to %(number)d options.", self.most
                )
                % {"number": self.most}
            )
        return chosen


class ChoicesType(FilterByChoice):
    """Several choices, stored as a list of their keys in the editors' order."""

    key = "choices"
    label = _("Multiple choice")
    description = _("Any number of choices")
    icon = "tasks"
    has_choices = True
    can_be_half_width = False

    def form_field(self, spec: FieldSpec) -> Any:
        return BoundedMultipleChoiceField(
            choices=_open_choices(spec),
            least=spec.options.get("least"),
            most=spec.options.get("most"),
            error_messages={"invalid_choice": _("Select options from the list.")},
        )

    def from_json(self, stored: Any) -> Any:
        return stored or []

    def _chosen(self, stored: Any, spec: FieldSpec) -> list[Choice]:
        keys = stored if isinstance(stored, list) else [stored] if stored else []
        return [spec.choice(key) or Choice(str(key), str(key)) for key in keys]

    def display(self, stored: Any, spec: FieldSpec) -> str:
        return comma_list(str(choice.label) for choice in self._chosen(stored, spec))

    def html(self, stored: Any, spec: FieldSpec) -> Any:
        rows = ((conditional_escape(choice_html(choice)),) for choice in self._chosen(stored, spec))
        return format_html_join(", ", "{}", rows)

    def sort_expressions(self, key: str, spec: FieldSpec) -> Any:
        # Lists have no natural order.
        return None

    def block_options(self) -> Any:
        return [
            ("least", WholeNumberBlock(required=False, min_value=1, label=_("Minimum"))),
            ("most", WholeNumberBlock(required=False, min_value=1, label=_("Maximum"))),
        ]


class YesNoType(FieldType):
    """Yes or no, stored as true or false."""

    key = "yes_no"
    label = _("Yes or no")
    description = _("Yes, no or not answered")
    icon = "check"

    def form_field(self, spec: FieldSpec) -> Any:
        choices = [("yes", _("Yes")), ("no", _("No"))]
        if not spec.required:
            choices.insert(0, ("", _("Not answered")))
        return forms.TypedChoiceField(
            choices=choices,
            coerce={"yes": True, "no": False}.get,
            empty_value=None,
            widget=forms.RadioSelect,
        )

    def to_json(self, value: Any) -> Any:
        return value

    def from_json(self, stored: Any) -> Any:
        if stored is True:
            return "yes"
        return "no" if stored is False else ""

    def display(self, stored: Any, spec: FieldSpec) -> str:
        if stored is True:
            return gettext("Yes")
        return gettext("No") if stored is False else ""

    def searched_text(self, stored: Any) -> Any:
        return ""

    def filter_field(self, spec: FieldSpec) -> Any:
        choices = [("yes", _("Yes")), ("no", _("No")), ("none", _("Not answered"))]
        return checkboxes(spec, choices)

    def filter_q(self, key: str, cleaned: Any) -> Q:
        texts = [{"yes": "true", "no": "false"}[value] for value in cleaned if value != "none"]
        answered = Q(In(StoredBoolean(key), texts)) if texts else Q()
        return answered | ~Q(IsAnswered(key)) if "none" in cleaned else answered

    def sort_expressions(self, key: str, spec: FieldSpec) -> Any:
        return (in_order(StoredBoolean(key), ["true", "false"]),)
