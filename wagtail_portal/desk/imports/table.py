"""Read a CSV file into rows."""

import csv
import io
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy, ngettext

from wagtail_portal.utils import markup

#: What a file can hold, because someone is waiting for the result.
ROWS = 1000
BYTES = 1_000_000

TOO_LARGE = gettext_lazy("The file is too large. Split it into smaller files.")


@dataclass
class Row:
    """A row of the file, and the result of its check."""

    number: int
    cells: dict[str, str]
    errors: list[str] = field(default_factory=list)
    #: Whether what it describes already exists.
    is_known: bool = False
    #: The arguments of the action.
    arguments: dict = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether it will be imported."""
        return not self.errors and not self.is_known

    def add_error(self, message: str, **values) -> None:
        """Add an error, with ``values`` for its placeholders."""
        self.errors.append(message % values)


def decode(file) -> str:
    """Return the text of an uploaded file.

    :raises ValidationError: if the file is too large or not UTF-8.
    """
    if file.size > BYTES:
        raise ValidationError(TOO_LARGE)
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(
            gettext("The file isn’t encoded in UTF-8. Save it as “CSV UTF-8”.")
        ) from error


def read(content: str, *, columns: dict[str, set[str]], required: set[str]) -> list[Row]:
    """Return the rows of a text. Other columns are ignored.

    :param columns: further headings of each column, in lower case.
    :param required: the columns that can't be missing.
    :raises ValidationError: if the text can't be read as a whole.
    """
    # A browser can make two bytes of each line break.
    if len(content.encode()) > BYTES * 2:
        raise ValidationError(TOO_LARGE)
    content = content.removeprefix("\ufeff").replace("\0", "")
    head, _newline, _rest = content.partition("\n")
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValidationError(gettext("The file isn’t a valid CSV file.")) from error
    if not lines:
        raise ValidationError(gettext("The file is empty."))
    names = [_column(cell, columns) for cell in lines[0]]
    if missing := sorted(required - set(names)):
        message = gettext("The first line must contain the column names. Missing: %(columns)s")
        raise ValidationError(message % {"columns": ", ".join(missing)})
    rows = []
    for number, line in enumerate(lines[1:], 2):
        cells = {name: _cell(cell) for name, cell in zip(names, line, strict=False) if name}
        if any(cells.values()):
            rows.append(Row(number, cells))
    if len(rows) > ROWS:
        message = ngettext(
            "The file has more than %(limit)d row. Split it into smaller files.",
            "The file has more than %(limit)d rows. Split it into smaller files.",
            ROWS,
        )
        raise ValidationError(message % {"limit": ROWS})
    return rows


def _column(heading: str, columns) -> str:
    name = markup.clean_line(heading).lower()
    return next((key for key, others in columns.items() if name == key or name in others), "")


def _cell(value: str) -> str:
    value = markup.clean_line(value)
    # Our exports put an apostrophe before what a spreadsheet would take for a formula.
    return value[1:] if value[:1] == "'" and value[1:2] in "=+-@" else value
