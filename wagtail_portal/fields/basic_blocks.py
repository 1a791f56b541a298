"""Blocks for texts and numbers, and what is the same in every language of a page."""

from typing import Any

from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from wagtail_portal.utils.text import clean_line

from .form_fields import NumberField, WholeNumberField

try:
    from wagtail_localize.fields import SynchronizedField
except ImportError:
    SynchronizedField = None


def synchronized(*names: str) -> list[Any]:
    """Return the value of ``override_translatable_fields`` with which these fields of a page are
    always copied to its translations; [] if wagtail-localize isn't installed.

    By default, it offers all texts to translators, and doesn't copy many-to-many relations again.
    """
    if SynchronizedField is None:
        return []
    return [SynchronizedField(name, overridable=False) for name in names]


class SameInAllLanguages:
    """Mix into a block whose value isn't translated. wagtail-localize asks blocks for this."""

    def get_translatable_segments(self, value):
        """Return nothing to translate."""
        return []


class LineBlock(blocks.CharBlock):
    """A text on one line, without control characters and invisible ones."""

    def clean(self, value):
        return super().clean(clean_line(value or ""))

    def deconstruct(self):
        # Migrations of a site with the portal's block in its own pages don't depend on this class.
        _path, args, kwargs = super().deconstruct()
        return "wagtail.blocks.CharBlock", args, kwargs

    class Meta:
        # Wagtail's is None, which wagtail-localize can't translate.
        default = ""


class UntranslatedLineBlock(SameInAllLanguages, LineBlock):
    """A text that's the same in every language, such as a list of file extensions."""


class FieldChooserBlock(SameInAllLanguages, SnippetChooserBlock):
    """A ticket field or customer field. Pages read them from the cache, with their choices."""

    def bulk_to_python(self, values):
        known = {field.pk: field for field in self.model_class.cached()}
        if all(value is None or value in known for value in values):
            return [known.get(value) for value in values]
        return super().bulk_to_python(values)


class WholeNumberBlock(blocks.IntegerBlock):
    """A whole number."""

    def __init__(self, required=True, help_text=None, min_value=None, max_value=None, **kwargs):
        super().__init__(**kwargs)
        self.field = WholeNumberField(
            required=required, help_text=help_text, min_value=min_value, max_value=max_value
        )


class NumberBlock(blocks.DecimalBlock):
    """A decimal number."""

    def __init__(self, required=True, help_text=None, **kwargs):
        super().__init__(**kwargs)
        self.field = NumberField(required=required, help_text=help_text)
