"""A CSV file as rows."""

import csv
import io
from dataclasses import dataclass, field

from django.utils.translation import gettext, ngettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.utils import markup

#: What one file can hold: somebody is waiting for it.
ROWS = 1000
BYTES = 1_000_000


@dataclass
class Row:
    """One row: what is in it, what would become of it, and what is wrong."""

    number: int
    cells: dict[str, str]
    errors: list[str] = field(default_factory=list)
    #: Whether there is nothing to do: it is there already.
    is_known: bool = False
    #: What was found out about the cells, for the action.
    arguments: dict = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether it would be taken in."""
        return not self.errors and not self.is_known


def decode(content: bytes) -> str:
    """The text of a file.

    :raises Invalid: when it is too large, or not UTF-8.
    """
    if len(content) > BYTES:
        raise Invalid(gettext("The file is too large. Split it into smaller files."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            gettext("The file isn’t encoded in UTF-8. Save it as “CSV UTF-8”.")
        ) from error


def read(content: str, *, columns: dict[str, set[str]], needed: set[str]) -> list[Row]:
    """The rows of a text, by the names of columns; others are ignored.

    :param columns: further headings of each column, in lower case.
    :param needed: columns without which there is no use in it.
    :raises Invalid: when it cannot be read as a whole.
    """
    content = content.removeprefix("\ufeff").replace("\0", "")
    head, _newline, _rest = content.partition("\n")
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid(gettext("The file isn’t a valid CSV file.")) from error
    if not lines:
        raise Invalid(gettext("The file is empty."))
    names = [_column(cell, columns) for cell in lines[0]]
    if missing := sorted(needed - set(names)):
        words = gettext("The first line must contain the column names. Missing: %(columns)s")
        raise Invalid(words % {"columns": ", ".join(missing)})
    rows = []
    for number, line in enumerate(lines[1:], 2):
        cells = {name: _cell(cell) for name, cell in zip(names, line, strict=False) if name}
        if any(cells.values()):
            rows.append(Row(number, cells))
    if len(rows) > ROWS:
        words = ngettext(
            "The file has more than %(limit)d row. Split it into smaller files.",
            "The file has more than %(limit)d rows. Split it into smaller files.",
            ROWS,
        )
        raise Invalid(words % {"limit": ROWS})
    return rows


def _column(heading: str, columns) -> str:
    name = markup.clean_line(heading).lower()
    return next((key for key, others in columns.items() if name == key or name in others), "")


def _cell(value: str) -> str:
    value = markup.clean_line(value)
    # As our own exports write what a spreadsheet would take for a formula.
    return value[1:] if value[:1] == "'" and value[1:2] in "=+-@" else value
