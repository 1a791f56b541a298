"""A column for the words of a text, which PostgreSQL stores in the form that it searches."""

from typing import Any

from django.db import models


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
    """Return words as PostgreSQL reads a vector: each in quotes."""
    words = words.strip().replace("\\", "\\\\").replace("'", "''")
    quoted = words.replace(" ", "' '")
    return f"'{quoted}'" if words else ""


def from_vector(vector: str | None) -> str | None:
    """Return the words of a vector as PostgreSQL writes it, with a space on both sides of each."""
    if not vector:
        return vector
    words = vector[1:-1].replace("' '", " ").replace("''", "'").replace("\\\\", "\\")
    return f" {words} "
