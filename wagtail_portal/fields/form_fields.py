"""Form fields of the field types."""

from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils import numbers
from wagtail_portal.utils.email_addresses import (
    TYPED_MAX_LENGTH,
    normalize_domain,
    parse_address,
)
from wagtail_portal.utils.text import clean, clean_line
from wagtail_portal.utils.typing import Mixin


class CleanCharField(forms.CharField):
    """A text field without control characters. Pasted lines keep their indentation."""

    def __init__(self, **kwargs):
        super().__init__(**{"strip": False, **kwargs})

    def to_python(self, value):
        return clean(super().to_python(value) or "")

    def widget_attrs(self, widget):
        # Browsers would silently cut off what's pasted.
        return {}


class MessageField(CleanCharField):
    """Markdown, written in a composer with buttons and a preview."""

    has_composer = True
    widget = forms.Textarea
    default_error_messages = {
        "max_length": _(
            "The message is %(show_value)d characters long. The limit is %(limit_value)d."
        )
    }


class CleanLineField(forms.CharField):
    """A text field on one line, without control characters and invisible ones."""

    def to_python(self, value):
        return clean_line(super().to_python(value) or "")


class KeptChoiceField(forms.ChoiceField):
    """A choice that keeps its initial value if it wasn't on the page that was sent, for example
    because the page was opened before an update."""

    def clean(self, value):
        return super().clean(value or self.initial)


class EmailAddressField(forms.CharField):
    """An email address, typed or pasted in any form; cleans to the address as it's stored."""

    widget = forms.EmailInput
    default_error_messages = {
        "invalid": _("Enter an email address in the format name@example.com."),
        "several": _("Enter only one email address."),
    }

    def to_python(self, value):
        typed = super().to_python(value)
        if not typed:
            return typed
        try:
            return parse_address(typed[: TYPED_MAX_LENGTH + 1])
        except ValidationError as error:
            raise ValidationError(
                self.error_messages[error.code or "invalid"], code=error.code
            ) from error


class DomainField(forms.CharField):
    """A domain; cleans to the domain as it's stored."""

    def to_python(self, value):
        return normalize_domain(super().to_python(value) or "")


class Select(forms.Select):
    """Django's, without groups, in one template instead of two for each option."""

    template_name = "wagtail_portal/widgets/select.html"


class FilterCheckboxes(forms.CheckboxSelectMultiple):
    """Checkboxes of a filter, which never has errors. Lists have many of them, and a template takes
    ten times as long. Choices have no groups."""

    def render(self, name, value, attrs=None, renderer=None):
        own_id, chosen = (attrs or {}).get("id", ""), set(self.format_value(value))
        checkboxes = format_html_join(
            "",
            '<div><label for="{0}"><input type="checkbox" name="{1}" value="{2}" id="{0}"{3}> {4}'
            "</label></div>",
            (
                (
                    self.id_for_label(own_id, str(index)),
                    name,
                    key,
                    " checked" if str(key) in chosen else "",
                    label,
                )
                for index, (key, label) in enumerate(self.choices)
            ),
        )
        return format_html('<div id="{}">{}</div>', own_id, checkboxes)


class RangeInput(forms.MultiWidget):
    """Two inputs named ``<name>_from`` and ``<name>_to``."""

    template_name = "wagtail_portal/widgets/range.html"
    use_fieldset = True

    def __init__(self, make_input, attrs=None):
        super().__init__({"from": make_input(), "to": make_input()}, attrs)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], [_("From"), _("To")], strict=True):
            part["label"] = label
        return context

    def decompress(self, value):
        return list(value) if value else [None, None]


def range_problem(first, last) -> str:
    """Return what's wrong with a range of dates or numbers whose ends are in the wrong order; "" if
    nothing is."""
    if first is None or last is None or first <= last:
        return ""
    if isinstance(first, date):
        return gettext("The end date is before the start date.")
    return gettext("The minimum is greater than the maximum.")


class RangeField(forms.MultiValueField):
    """Two optional, inclusive ends; cleans to a pair, or None if both are empty."""

    def __init__(self, make_field, **kwargs):
        fields = [make_field(), make_field()]
        for field in fields:
            field.required = False
        kwargs.setdefault("widget", RangeInput(lambda: make_field().widget))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list):
        if not data_list or all(value is None for value in data_list):
            return None
        return tuple(data_list)


class NumberField(forms.DecimalField):
    """A decimal number in a text input, typed with any decimal sign and in digits of any script.

    Browsers change what's typed into number inputs of another language: “1,5” becomes 15. See
    :mod:`wagtail_portal.utils.numbers` for what can be typed.
    """

    default_error_messages = {
        "invalid": _("Enter a number."),
        "ambiguous": _(
            "“%(typed)s” can be read in two ways. Enter %(whole)s or %(part)s, whichever you mean."
        ),
    }
    inputmode = "decimal"

    def __init__(self, **kwargs):
        attrs = {"inputmode": self.inputmode, "autocomplete": "off"}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), **kwargs})

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if not isinstance(value, str):
            return super().to_python(value)
        if not value.strip():
            return None
        try:
            return numbers.parse(value)
        except numbers.Ambiguous as error:
            names = {
                "typed": value.strip(),
                "whole": numbers.write(error.whole),
                "part": numbers.write(Decimal(numbers.canonical(error.part))),
            }
            raise forms.ValidationError(
                self.error_messages["ambiguous"], code="ambiguous", params=names
            ) from error
        except numbers.NotANumber as error:
            raise self._invalid() from error

    def _invalid(self):
        return forms.ValidationError(self.error_messages["invalid"], code="invalid")

    def prepare_value(self, value):
        # What was typed is shown as it was.
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return numbers.write(value) if is_number else value


class WholeNumberField(NumberField):
    """A whole number, see :class:`NumberField`."""

    default_error_messages = {
        "invalid": _("Enter a whole number."),
        "ambiguous": _(
            "“%(typed)s” can be read in two ways. Enter a whole number without separators, for "
            "example %(whole)s."
        ),
    }
    inputmode = "numeric"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Those of decimals don't take an int.
        self.validators = [row for row in self.validators if not isinstance(row, DecimalValidator)]

    def to_python(self, value):
        number = super().to_python(value)
        if number is None:
            return None
        if not number.is_finite() or number != number.to_integral_value():
            raise self._invalid()
        return int(number)

    def validate(self, value):
        forms.Field.validate(self, value)


class WholeNumbersMixin(Mixin):
    """Mix into a form to replace Django's fields for whole numbers by :class:`WholeNumberField`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if type(field) is forms.IntegerField:
                self.fields[name] = WholeNumberField(
                    required=field.required,
                    label=field.label,
                    help_text=field.help_text,
                    initial=field.initial,
                    validators=field.validators,
                    disabled=field.disabled,
                )
