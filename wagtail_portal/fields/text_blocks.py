"""Blocks for texts, and what is the same in every language of a form."""

from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from wagtail_portal.utils.text import clean_line


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
