"""Write tables as CSV and XLSX files whose cells are never run as formulas."""

import csv
import datetime
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from importlib import import_module
from tempfile import TemporaryFile

#: Characters that start a formula or a command, also in the full-width forms that spreadsheets in
#: East Asian languages treat the same.
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Characters that some programs skip before them.
INVISIBLE = " \u00a0\u3000\u200b\u2060\ufeff"

#: The maximum length of a cell in an XLSX file, and characters that it must not contain.
CELL_MAX_LENGTH = 32_767
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: XLSX dates are only correct from here on, because its calendar has a nonexistent leap day.
_FIRST_DAY = datetime.date(1900, 3, 1)
#: The number of digits that an XLSX file stores exactly.
_DIGITS = 15


def load_openpyxl():
    """Return the module ``openpyxl``. Importing it takes as long as a third of the portal, and most
    processes never need it."""
    return import_module("openpyxl")


def neutralize(value: str) -> str:
    """Return ``value`` so that spreadsheets treat it as text, even if the file is converted."""
    begins = value.lstrip(INVISIBLE)
    return f"'{value}" if value.startswith(STARTERS) or begins.startswith(STARTERS) else value


class _Line:
    """A file that returns what is written to it."""

    def write(self, line):
        return line


def csv_lines(rows: Iterable[list]) -> Iterator[str]:
    """Yield rows of cells as the lines of a CSV file. Times are written in their own time zone."""
    # Without quotes, a program that splits at semicolons would find more cells.
    writer = csv.writer(_Line(), quoting=csv.QUOTE_NONNUMERIC)
    # Some programs only recognize UTF-8 by this mark.
    mark = "\ufeff"
    for row in rows:
        yield mark + writer.writerow([_csv_cell(cell) for cell in row])
        mark = ""


def _is_number(cell) -> bool:
    return isinstance(cell, int) or (isinstance(cell, Decimal) and cell.is_finite())


def _csv_cell(cell):
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if _is_number(cell):
        return cell
    return neutralize(_ILLEGAL.sub("", str(cell)))


def xlsx_file(rows: Iterable[list], *, title: str, widths: list[int]):
    """Return rows of cells as an open XLSX file. The first row is the header.

    :param widths: of the columns, in characters.
    """
    with ExitStack() as on_error:
        file = on_error.enter_context(TemporaryFile())
        openpyxl = load_openpyxl()
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = width
        for row in rows:
            sheet.append([_xlsx_cell(cell) for cell in row])
        book.save(file)
        file.seek(0)
        # From now on, the caller closes it.
        on_error.pop_all()
    return file


def _xlsx_cell(cell):
    if isinstance(cell, datetime.datetime):
        # XLSX has no time zones.
        local = cell.replace(tzinfo=None, microsecond=0)
        return local if local.date() >= _FIRST_DAY else local.isoformat(" ")
    if isinstance(cell, datetime.date):
        return cell if cell >= _FIRST_DAY else cell.isoformat()
    if _is_number(cell):
        digits = len(str(cell).replace("-", "").replace(".", ""))
        return cell if digits <= _DIGITS else str(cell)
    return neutralize(_ILLEGAL.sub("", str(cell)))[:CELL_MAX_LENGTH]
