"""Database expressions for the values of ticket fields, for filters and sorting.

Tickets store the values of all fields in one JSON column. Django's lookups on it differ between
SQLite, PostgreSQL and MariaDB: in how they compare types and upper and lower case, and in keys that
look like numbers. These expressions work the same on all of them.
"""

import json
import re
from string import Formatter
from typing import Any

from django.db.models import BooleanField, DecimalField, F, Func, TextField

#: The column of tickets that holds the values by field key.
COLUMN = "values"

_PARTS = {
    "sqlite": {
        "type": "JSON_TYPE({column}, {key})",
        "text": "JSON_EXTRACT({column}, {key})",
    },
    "postgresql": {
        "type": "JSONB_TYPEOF({column} -> {key})",
        "text": "({column} ->> {key})",
    },
    "mysql": {
        "type": "JSON_TYPE(JSON_EXTRACT({column}, {key}))",
        "text": "JSON_UNQUOTE(JSON_EXTRACT({column}, {key}))",
    },
}

Part = tuple[str, list]


def _fill(template: str, parts: dict[str, Part]) -> Part:
    """Return the SQL of a template, with the parameters of its parts in order."""
    sql, params = "", []
    for literal, name, _spec, _conversion in Formatter().parse(template):
        sql += literal
        if name is not None:
            sql += parts[name][0]
            params += parts[name][1]
    return sql, params


class StoredValue(Func):
    """An expression for the value of one field.

    A subclass has a template for each database, with the placeholders ``{type}`` (of the JSON
    value), ``{text}`` (the value as text), ``{column}``, ``{key}`` and those of :meth:`parts`.
    """

    templates: dict[str, str] = {}

    def __init__(self, key: str):
        super().__init__(F(COLUMN))
        self.key = key

    def parts(self, connection: Any) -> dict[str, Part]:
        """Return the SQL and parameters of additional placeholders."""
        return {}

    def as_sql(self, compiler, connection, **extra_context):  # type: ignore[override]
        vendor = connection.vendor
        if vendor not in _PARTS:
            raise NotImplementedError(f"Ticket fields cannot be compared on {vendor}.")
        path = self.key if vendor == "postgresql" else f"$.{json.dumps(self.key)}"
        column, params = compiler.compile(self.source_expressions[0])
        parts = {"column": (column, list(params)), "key": ("%s", [path])}
        parts |= {name: _fill(template, parts) for name, template in _PARTS[vendor].items()}
        sql, params = _fill(self.templates[vendor], parts | self.parts(connection))
        return sql, tuple(params)


class StoredText(StoredValue):
    """A stored text, or NULL. Sorted by code points, which suits keys and ISO dates."""

    output_field = TextField()
    templates = {
        "sqlite": "CASE WHEN {type} = 'text' THEN {text} END",
        "postgresql": "(CASE WHEN {type} = 'string' THEN {text} END COLLATE \"C\")",
        "mysql": "(CASE WHEN {type} = 'STRING' THEN {text} END COLLATE utf8mb4_bin)",
    }


class StoredLine(StoredValue):
    """A stored text in lower case, or NULL, for sorting by the database's collation."""

    output_field = TextField()
    templates = {
        "sqlite": "CASE WHEN {type} = 'text' THEN LOWER({text}) END",
        "postgresql": "CASE WHEN {type} = 'string' THEN LOWER({text}) END",
        "mysql": "CASE WHEN {type} = 'STRING' THEN LOWER({text}) END",
    }


class StoredNumber(StoredValue):
    """A stored number, or one stored as text, or NULL. SQLite compares 15 digits of decimals."""

    output_field = DecimalField(max_digits=50, decimal_places=20)
    templates = {
        "sqlite": (
            "CASE WHEN {type} IN ('integer', 'real') THEN {text} "
            "WHEN {type} = 'text' AND {text} REGEXP {number} THEN CAST({text} AS NUMERIC) END"
        ),
        "postgresql": (
            "CASE WHEN {type} IN ('number', 'string') AND {text} ~ {number} "
            "THEN {text}::numeric END"
        ),
        "mysql": (
            "CASE WHEN {type} IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL', 'STRING') "
            "AND {text} REGEXP {number} THEN CAST({text} AS DECIMAL(50, 20)) END"
        ),
    }

    def parts(self, connection: Any) -> dict[str, Part]:
        return {"number": ("%s", [r"^-?[0-9]{1,30}([.][0-9]+)?$"])}


class StoredBoolean(StoredValue):
    """A stored boolean as ``"true"`` or ``"false"``, or NULL."""

    output_field = TextField()
    templates = {
        "sqlite": "CASE WHEN {type} IN ('true', 'false') THEN {type} END",
        "postgresql": "CASE WHEN {type} = 'boolean' THEN {text} END",
        "mysql": "CASE WHEN {type} = 'BOOLEAN' THEN {text} END",
    }


class IsAnswered(StoredValue):
    """Whether there is a value."""

    output_field = BooleanField()
    templates = dict.fromkeys(_PARTS, "(COALESCE(LOWER({type}), 'null') <> 'null')")


class Contains(StoredValue):
    """Whether the stored text contains ``words``, ignoring case."""

    output_field = BooleanField()
    templates = {
        "sqlite": "CASE WHEN {type} = 'text' THEN {text} REGEXP {words} ELSE FALSE END",
        "postgresql": (
            "CASE WHEN {type} = 'string' THEN LOWER({text}) LIKE LOWER({words}) ELSE FALSE END"
        ),
        "mysql": (
            "CASE WHEN {type} = 'STRING' THEN LOWER({text}) LIKE LOWER({words}) ELSE FALSE END"
        ),
    }

    def __init__(self, key: str, words: str):
        super().__init__(key)
        self.words = words

    def parts(self, connection: Any) -> dict[str, Part]:
        if connection.vendor == "sqlite":
            # Its LIKE and LOWER only know ASCII letters; Django's REGEXP uses Python.
            return {"words": ("%s", [f"(?i){re.escape(self.words)}"])}
        return {"words": ("%s", [f"%{connection.ops.prep_for_like_query(self.words)}%"])}


class ContainsAny(StoredValue):
    """Whether the stored value or list is or contains one of ``wanted`` (texts or numbers)."""

    output_field = BooleanField()
    _one = {
        # SQLite's JSON_EACH turns true into 1, and an object into a list of its values.
        "sqlite": (
            "({type} <> 'object' AND EXISTS (SELECT 1 FROM JSON_EACH({column}, {key}) AS held "
            "WHERE held.value = {wanted%d} AND held.type <> 'true'))"
        ),
        "postgresql": "COALESCE(({column} -> {key}) @> {wanted%d}::jsonb, FALSE)",
        "mysql": "COALESCE(JSON_CONTAINS({column}, {wanted%d}, {key}), FALSE)",
    }

    def __init__(self, key: str, wanted):
        super().__init__(key)
        self.wanted = tuple(wanted)

    @property
    def templates(self) -> dict[str, str]:  # type: ignore[override]
        every = range(len(self.wanted))
        return {
            vendor: f"({' OR '.join(one % number for number in every) or 'FALSE'})"
            for vendor, one in self._one.items()
        }

    def parts(self, connection: Any) -> dict[str, Part]:
        plain = connection.vendor == "sqlite"
        return {
            f"wanted{number}": ("%s", [value if plain else json.dumps(value)])
            for number, value in enumerate(self.wanted)
        }
