"""Form fields of the field types."""

from datetime import date

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.text import clean, clean_line


class CleanCharField(forms.CharField):
    """A text field without control characters. Pasted lines keep their indentation."""

    def __init__(self, **kwargs):
        super().__init__(**{"strip": False, **kwargs})

    def to_python(self, value):
        return clean(super().to_python(value) or "")


class CleanLineField(forms.CharField):
    """A text field on one line, without control characters and invisible ones."""

    def to_python(self, value):
        return clean_line(super().to_python(value) or "")


class CleanEmailField(forms.EmailField):
    """An email address without invisible characters."""

    def to_python(self, value):
        return clean_line(super().to_python(value) or "")


class KeptChoiceField(forms.ChoiceField):
    """A choice that keeps its initial value if it wasn't on the page that was sent, for example
    because the page was opened before an update."""

    def clean(self, value):
        return super().clean(value or self.initial)


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
