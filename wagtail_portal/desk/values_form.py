"""A form for values of ticket fields that fit many tickets, wherever they're set."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import TicketField


def common_fields() -> list[TicketField]:
    """Return the ticket fields that can have the same value in many tickets. Files and members
    can't: they belong to one ticket or organization."""
    fields = TicketField.objects.filter(archived=False).exclude(type="member")
    return [row for row in fields.prefetch_related("choices") if not row.field_type.is_file]


class ValuesForm(forms.Form):
    """A value for each ticket field. Those that are left empty stay as they are.

    :param stored: values by key, as tickets store them.
    """

    def __init__(self, *args, stored=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = {row.key: row for row in common_fields()}
        for key, row in self.rows.items():
            spec = row.spec(default=None)
            field = row.field_type.form_field(spec)
            field.label, field.required, field.help_text = spec.label, False, spec.help_text
            field.initial = row.field_type.from_json((stored or {}).get(key))
            self.fields[key] = field
            if isinstance(field, forms.BooleanField):
                self.fields[key] = _YesOrNo(label=spec.label, initial=field.initial)

    @property
    def values(self) -> dict:
        """The values that were filled in, by key, as tickets store them."""
        found = {
            key: row.field_type.to_json(self.cleaned_data[key]) for key, row in self.rows.items()
        }
        return {key: value for key, value in found.items() if value not in (None, "", [])}


class _YesOrNo(forms.TypedChoiceField):
    """A checkbox can't say whether its field stays as it is."""

    def __init__(self, *, label, initial):
        choices = [("", _("Unchanged")), ("yes", _("Yes")), ("no", _("No"))]
        chosen = {True: "yes", False: "no"}.get(initial, "")
        super().__init__(
            label=label,
            required=False,
            choices=choices,
            initial=chosen,
            coerce=lambda value: value == "yes",
            empty_value=None,
        )
