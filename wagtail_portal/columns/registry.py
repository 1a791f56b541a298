"""The registry of columns."""

import re
from typing import Any

from wagtail_portal.utils.typing import StrOrPromise

from .base import Column

_columns: dict[str, Column] = {}

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


def register_column(column: Any) -> Any:
    """Add a column and return it; usable as a decorator of a class.

    :param column: a :class:`Column` or a subclass that needs no arguments.
    :raises ValueError: if the key is taken, or isn't made of up to 60 lower-case letters, digits
        and underscores.
    """
    made = column() if isinstance(column, type) else column
    if not KEY.fullmatch(made.key):
        raise ValueError(f"'{made.key}' can't be the key of a column.")
    if made.key in _columns:
        raise ValueError(f"There are two columns with the key '{made.key}'.")
    _columns[made.key] = made
    return column


def columns() -> dict[str, Column]:
    """Return all columns by key, in the order in which they were registered."""
    return dict(_columns)


def get_column(key: str) -> Column | None:
    """Return the column with that key; None if its code is no longer installed."""
    return _columns.get(key)


def column_choices() -> list[tuple[str, StrOrPromise]]:
    """Return key and label of the columns that editors can show to customers."""
    return [(row.key, row.label) for row in _columns.values() if row.for_customers]
