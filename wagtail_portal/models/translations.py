"""Rows with texts that editors write in several languages."""

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.translations import (
    TranslationsFormField,
    content_languages,
    localized,
)


class TranslationsField(models.JSONField):
    """``{"de": {"label": "Gelöst"}}``: some texts of the row, by language.

    :param of: the names of the fields with these texts in the site's own language.
    """

    def __init__(self, *args, of=(), **kwargs):
        self.of = tuple(of)
        kwargs = {"verbose_name": _("in other languages"), **kwargs}
        super().__init__(*args, **{"default": dict, "blank": True, **kwargs})

    def deconstruct(self):
        # Of no concern to the database, or to its migrations.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def save_form_data(self, instance, data):
        # Texts in a language that is not written in any more are kept: it may come back.
        asked = dict(content_languages())
        before = getattr(instance, self.attname) or {}
        others = {code: texts for code, texts in before.items() if code not in asked}
        super().save_form_data(instance, others | data)

    def formfield(self, **kwargs):
        texts = {}
        for name in self.of:
            field = self.model._meta.get_field(name).formfield()
            field.required = False
            texts[name] = field
        return TranslationsFormField(texts, label=capfirst(self.verbose_name))


class TranslatedTexts(models.Model):
    """A row whose texts editors can write in several languages."""

    class Meta:
        abstract = True

    def localized(self, name: str) -> str:
        """The text ``name`` in the language of the reader, else in the site's own."""
        return localized(self.translations, name, getattr(self, name))

    def in_every_language(self, name: str) -> list[str]:
        """The text ``name`` as anybody might know it."""
        others = (texts.get(name) for texts in self.translations.values())
        return [getattr(self, name), *filter(None, others)]
