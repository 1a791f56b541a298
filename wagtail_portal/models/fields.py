"""Model fields for lines of text, email addresses that are typed, and words for the search."""

import re
from typing import Any

from django.db import models

from wagtail_portal.fields.form_fields import CleanLineField, EmailAddressField
from wagtail_portal.utils.text import clean_line

#: What a vector has between words or with a meaning of its own, and all that isn't ASCII.
_SPECIAL = re.compile(r"[^ -&(-9;-\[\]-~]")


class LineField(models.CharField):
    """A ``CharField`` that is validated as :func:`~wagtail_portal.utils.text.clean_line` returns
    it. Migrations hold a plain ``CharField``."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_line(value) if value else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": CleanLineField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class AddressField(models.EmailField):
    """An email address, whose form field understands it in any form. Migrations store Django's own
    field, because the column is the same."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": EmailAddressField, "max_length": None, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs


class WordsField(models.TextField):
    """Words, each once, as a text with a space on both sides of every word.

    On PostgreSQL, the column is a ``tsvector``. It returns the words in their alphabetical order.
    """

    def db_type(self, connection: Any) -> Any:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: Any = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        is_vector = connection.vendor == "postgresql" and isinstance(value, str)
        return to_vector(value) if is_vector else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return from_vector(value) if connection.vendor == "postgresql" else value


def to_vector(words: str) -> str:
    """Return words as PostgreSQL reads a vector: from the first one on that needs it, in quotes."""
    words = words.strip()
    special = _SPECIAL.search(words)
    if not special:
        return words
    start = words.rfind(" ", 0, special.start()) + 1
    quoted = words[start:].replace("\\", "\\\\").replace("'", "''").replace(" ", "' '")
    return f"{words[:start]}'{quoted}'"


def from_vector(vector: str | None) -> str | None:
    """Return the words of a vector as PostgreSQL writes it, with a space on both sides of each."""
    if not vector:
        return vector
    words = vector[1:-1].replace("' '", " ").replace("''", "'").replace("\\\\", "\\")
    return f" {words} "
