"""Models with texts that editors translate."""

from typing import Any, cast

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.translations import (
    TranslationsFormField,
    content_languages,
    localized,
)


class TranslationsField(models.JSONField):
    """Translations of other fields by language, like ``{"de": {"label": "Gelöst"}}``.

    :param of: the names of the translated fields, whose own values are in the site's language.
    """

    def __init__(self, *args: Any, of: Any = (), **kwargs: Any) -> None:
        self.of = tuple(of)
        kwargs = {"verbose_name": _("in other languages"), **kwargs}
        super().__init__(*args, **{"default": dict, "blank": True, **kwargs})

    def deconstruct(self) -> Any:
        # Migrations only need to know of the JSON column.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def save_form_data(self, instance: Any, data: Any) -> None:
        # Keep texts in languages that are no longer configured: they may return.
        asked = dict(content_languages())
        before = getattr(instance, self.attname) or {}
        others = {code: texts for code, texts in before.items() if code not in asked}
        super().save_form_data(instance, others | data)

    def formfield(self, **kwargs: Any) -> Any:
        texts: dict[str, forms.Field] = {}
        for name in self.of:
            field = cast(models.Field, self.model._meta.get_field(name)).formfield()
            if field is None:
                continue
            field.required = False
            texts[name] = field
        return TranslationsFormField(texts, label=capfirst(self.verbose_name))


class TranslatedTexts(models.Model):
    """A model with texts that editors can translate."""

    #: Made by :class:`TranslationsField`, in the model.
    translations: Any

    class Meta:
        abstract = True

    def localized(self, name: str) -> str:
        """Return the field ``name`` in the reader's language, or else in the site's."""
        return localized(self.translations, name, getattr(self, name))

    def in_every_language(self, name: str) -> list[str]:
        """Return the field ``name`` in all languages that it's written in."""
        others = (texts.get(name) for texts in self.translations.values())
        return [getattr(self, name), *filter(None, others)]
