"""Read a CSV or XLSX file into rows."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy, ngettext

from wagtail_portal.utils import markup
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.spreadsheets import load_openpyxl

#: What a file can contain.
ROWS = 10_000
COLUMNS = 50
BYTES = 2_000_000
#: An XLSX file is compressed.
UNCOMPRESSED_BYTES = 50_000_000

DELIMITERS = ",;\t|"
XLSX_SIGNATURE, OLD_EXCEL_SIGNATURE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

TOO_LARGE = gettext_lazy("The file is too large. Split it into smaller files.")


@dataclass
class Row:
    """A row of the file, and the result of its check."""

    #: Its position in the file, as spreadsheets show it.
    number: int
    cells: dict[str, str]
    errors: list[str] = field(default_factory=list)
    #: Whether what it describes already exists.
    is_known: bool = False
    #: The arguments of the action, as plain values.
    arguments: dict = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether it will be imported."""
        return not self.errors and not self.is_known

    def add_error(self, message: str, **values) -> None:
        """Add an error, with ``values`` for its placeholders."""
        self.errors.append(message % values)


@dataclass
class Table:
    """The rows of a file, and the headings of columns that aren't imported."""

    rows: list[Row]
    unknown: list[str]


def decode(file) -> str:
    """Return an uploaded file as the text of a CSV file.

    :raises ValidationError: if the file is too large, or neither XLSX nor text.
    """
    if file.size > BYTES:
        raise ValidationError(TOO_LARGE)
    content = file.read()
    if content.startswith(XLSX_SIGNATURE):
        return _decode_xlsx(content)
    if content.startswith(OLD_EXCEL_SIGNATURE):
        raise ValidationError(
            gettext(
                "The file is protected by a password or in an old Excel format. Save it as XLSX "
                "without a password, or as CSV."
            )
        )
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValidationError(
            gettext("The file isn’t encoded in UTF-8. Save it as “CSV UTF-8” or as XLSX.")
        ) from error


def _decode_xlsx(content: bytes) -> str:
    """Return the first sheet with content as CSV, with its empty rows, so that numbers stay."""
    text = io.StringIO()
    # So that no cell is taken for a delimiter.
    text.write("sep=,\n")
    writer = csv.writer(text, lineterminator="\n")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > UNCOMPRESSED_BYTES:
                raise ValidationError(TOO_LARGE)
        workbook = load_openpyxl().load_workbook(
            io.BytesIO(content), read_only=True, data_only=True
        )
        for sheet in workbook.worksheets:
            # A sheet may claim any size.
            rows = sheet.iter_rows(max_row=ROWS + 100, max_col=COLUMNS)
            lines = [[_cell_text(cell) for cell in row] for row in rows]
            if any(any(line) for line in lines):
                writer.writerows(lines)
                break
    except ValidationError:
        raise
    except Exception as error:  # openpyxl raises whatever the XML leads to.
        raise ValidationError(
            gettext("The file can’t be read. Save it again as XLSX, or as CSV.")
        ) from error
    return text.getvalue()


def _cell_text(cell) -> str:
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    # Spreadsheets store the ID 1042 as a decimal number.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read(content: str, *, columns: dict[str, set], required: set[str]) -> Table:
    """Return the rows of a text.

    :param columns: further headings of each column.
    :param required: the columns that can't be missing.
    :raises ValidationError: if the text can't be read as a whole.
    """
    # A browser can make two bytes of each line break.
    if len(content.encode()) > BYTES * 2:
        raise ValidationError(TOO_LARGE)
    lines = _lines(content.removeprefix("\ufeff").replace("\0", ""))
    head = next((number for number, line in enumerate(lines) if any(map(str.strip, line))), None)
    if head is None:
        raise ValidationError(gettext("The file is empty."))
    names = [_column(cell, columns) for cell in lines[head]]
    given = [markup.clean_line(cell) for cell in lines[head]]
    unknown = [cell for cell, name in zip(given, names, strict=True) if cell and not name]
    _check_headings(names, given, unknown, required)
    rows = []
    for number, line in enumerate(lines[head + 1 :], head + 2):
        cells = {name: _cell(cell) for name, cell in zip(names, line, strict=False) if name}
        row = Row(number, cells)
        if any(cell.strip() for cell in line[len(names) :]):
            row.add_error(gettext("This row has more cells than the first line."))
        if row.errors or any(cells.values()):
            rows.append(row)
    if len(rows) > ROWS:
        message = ngettext(
            "The file has more than %(limit)d row. Split it into smaller files.",
            "The file has more than %(limit)d rows. Split it into smaller files.",
            ROWS,
        )
        raise ValidationError(message % {"limit": ROWS})
    return Table(rows, unknown)


def _lines(content: str) -> list[list[str]]:
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    # Excel reads this line, and doesn't show it.
    if separator := re.match(r'\s*"?sep=(.)"?[^\S\n]*(?:\n|$)', content, re.IGNORECASE):
        content, delimiter = content[separator.end() :], separator[1]
    else:
        head = next((line for line in content.split("\n") if line.strip(f"{DELIMITERS} ")), "")
        delimiter = max(DELIMITERS, key=re.sub('"[^"]*"', "", head).count)
    try:
        return list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValidationError(gettext("The file isn’t a valid CSV file.")) from error


def _check_headings(names, given, unknown, required) -> None:
    if missing := sorted(required - set(names)):
        message = gettext("The first line must contain the column names. Missing: %(columns)s")
        message %= {"columns": comma_list(missing)}
        if unknown:
            message += ". " + gettext("Unknown: %(columns)s") % {"columns": comma_list(unknown)}
        raise ValidationError(message)
    for name in filter(None, dict.fromkeys(names)):
        same = [cell for cell, other in zip(given, names, strict=True) if other == name]
        if len(same) > 1:
            message = gettext("These columns mean the same: %(columns)s. Remove all but one.")
            raise ValidationError(message % {"columns": comma_list(same)})


def _column(heading: str, columns) -> str:
    """Return the column that a heading means; "" for an unknown one."""
    wanted = _simplified(heading)
    for name, others in columns.items():
        if wanted in {_simplified(str(other)) for other in (name, *others)}:
            return name
    return ""


def _simplified(heading: str) -> str:
    words = re.sub(r"[\s_\-‐‑]+", " ", markup.clean_line(heading).casefold())
    return words.strip(" *:.\"'")


def _cell(value: str) -> str:
    value = markup.clean_line(value)
    # Our exports put an apostrophe before what a spreadsheet would take for a formula.
    return value[1:] if value[:1] == "'" and value[1:2] in "=+-@" else value
