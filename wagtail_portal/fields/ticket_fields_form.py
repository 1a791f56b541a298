"""The form in which customers and agents change a ticket's urgency and ticket fields."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils import markup

from .base import FieldSpec
from .context import FormContext
from .form_fields import Select
from .questions import URGENCIES
from .registry import get_field_type

SALT = "wagtail_portal.ticket_fields"
VALUE_LENGTH = 80


class TicketFieldsForm(forms.Form):
    """Change a ticket's fields without overwriting newer values unnoticed.

    Keys are ``"urgency"`` and ``"field:<key>"``; names of form fields have a hyphen instead of the
    colon.

    :param specs: the specs of the fields that can be changed by key; None for the urgency.
    :param context: for preparing the specs; None if that's already done.
    """

    prefix = "fields"

    #: The ticket's values when the form was shown, signed.
    data: Any
    original: Any = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args,
        ticket,
        specs: dict[str, FieldSpec | None],
        context: FormContext | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.specs, self.context = specs, context
        self.names = {key: key.replace(":", "-") for key in specs}
        current = {
            key: ticket.values.get(key.removeprefix("field:")) if spec else ticket.urgency
            for key, spec in specs.items()
        }
        shown = self._read_original()
        self.original = {**current, **{key: shown[key] for key in specs if key in shown}}
        #: The values of fields that can't be changed here since, because of an editor.
        self.gone = {key: shown[key] for key in shown.keys() - specs.keys()}
        self.fields["original"].initial = _sign(current)
        for key, name in self.names.items():
            self.fields[name] = self._form_field(key)

    def _read_original(self) -> dict:
        given = self.data.get(self.add_prefix("original"), "") if self.is_bound else ""
        try:
            return signing.loads(given, salt=SALT)
        except signing.BadSignature:
            # The page is very old or was tampered with, so its values are unknown.
            return {}

    def clean(self):
        cleaned = super().clean()
        text = gettext(
            "Nothing has been saved yet, because the field in which you entered “%(text)s” can no "
            "longer be changed here. Save again to save the rest."
        )
        for key, stored in self.gone.items():
            typed = markup.clean(self.data.get(self.add_prefix(key.replace(":", "-")), ""))
            if typed and typed != str(stored) and not isinstance(stored, list):
                self.add_error(None, text % {"text": typed})
        return cleaned

    def _form_field(self, key: str) -> forms.Field:
        field: Any
        spec, stored = self.specs[key], self.original[key]
        if spec is None:
            field = forms.ChoiceField(
                label=_("Urgency"), choices=URGENCIES, initial=stored, widget=Select
            )
        else:
            kind = get_field_type(spec.type)
            spec = spec.allowing(stored)
            if self.context is not None:
                spec = kind.prepare(spec, self.context, [] if stored is None else [stored])
            field = kind.form_field(spec)
            field.label, field.help_text = spec.label, spec.help_text
            field.initial = kind.from_json(stored)
        # No field is required, so the template needn't mark each one as optional.
        field.required, field.no_hint = False, True
        return field

    def _to_json(self, key: str, cleaned):
        spec = self.specs[key]
        return get_field_type(spec.type).to_json(cleaned) if spec else cleaned

    def _as_saved(self, key: str):
        """Return the original value as saving would store it: imported values can differ."""
        field = self.fields[self.names[key]]
        try:
            return self._to_json(key, field.clean(field.initial))
        except forms.ValidationError:
            return self.original[key]

    def keeps_current(self, key: str) -> bool:
        """Return whether the user chose the ticket's newer value over their own."""
        return False

    @property
    def changes(self) -> dict:
        """The stored form of changed values by key; None clears a field."""
        found = {
            key: self._to_json(key, self.cleaned_data[name])
            for key, name in self.names.items()
            if not self.keeps_current(key)
        }
        if not found.get("urgency"):
            found.pop("urgency", None)
        return {
            key: new
            for key, new in found.items()
            if new not in (self.original[key], self._as_saved(key))
        }

    @property
    def arguments(self) -> dict:
        """The arguments for :func:`wagtail_portal.actions.change_fields`."""
        values = self.changes
        return {
            "urgency": values.pop("urgency", None),
            "values": {key.removeprefix("field:"): value for key, value in values.items()},
            "original": self.original,
        }

    def show_conflicts(self, current: dict) -> None:
        """Take over newer values by key, so that submitting again overwrites them."""
        self.original.update(current)
        self.data = self.data.copy()
        self.data[self.add_prefix("original")] = _sign(self.original)

    def display(self, key: str, stored) -> str:
        """Return a stored value as short plain text."""
        spec, text = self.specs[key], ""
        if spec is None:
            text = str(dict(URGENCIES).get(stored, stored or ""))
        elif stored is not None:
            text = get_field_type(spec.type).display(stored, spec)
        return Truncator(" ".join(text.split())).chars(VALUE_LENGTH) or gettext("Empty")


def _sign(values: dict) -> str:
    return signing.dumps(values, salt=SALT, compress=True)
