"""Spreadsheet cells are displayed, never executed."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from wagtail_portal.utils.spreadsheets import csv_lines, neutralize, xlsx_file

UTC = datetime.UTC
FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"),
    *("＝1+1", "＋1", "－1", "＠SUM", " =1", "\u00a0=1", "\ufeff=1", "\u3000 ＝1"),
]


def as_csv(rows) -> list[list[str]]:
    text = "".join(csv_lines(rows))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def as_xlsx(rows):
    with xlsx_file(rows, title="T", widths=[10]) as file:
        return [list(row) for row in load_workbook(file).active.iter_rows()]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_become_text(text):
    assert neutralize(text) == f"'{text}"
    assert as_csv([[text]]) == [[f"'{text}"]]
    cell = as_xlsx([[text]])[0][0]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "'", "#1042", "a\t=1"])
def test_other_texts_are_unchanged(text):
    assert neutralize(text) == text


@given(st.text())
def test_no_cell_ever_starts_like_a_formula(text):
    for [cell] in as_csv([[text]]):
        assert not cell.lstrip(" \u00a0\u3000\u200b\u2060\ufeff").startswith(
            ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
        )
    cell = as_xlsx([["head"], [text]])
    assert len(cell) == 1 + bool(cell[1:])
    assert all(row[0].data_type in ("s", "n", "e", "inlineStr") for row in cell)


def test_numbers_and_dates_keep_their_type():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2026, 11, 3, 10, 12, 5, 999, tzinfo=zone)
    day = datetime.date(2026, 11, 3)
    row = [-5, Decimal("-1.50"), day, moment, 10**17, Decimal("NaN"), datetime.date(1850, 1, 1)]
    assert as_csv([row]) == [
        ["-5", "-1.50", "2026-11-03", "2026-11-03T10:12:05+02:00", str(10**17), "NaN"]
        + ["1850-01-01"]
    ]
    values = [cell.value for cell in as_xlsx([row])[0]]
    assert values[:2] == [-5, -1.5]
    assert values[2].date() == day
    assert values[3].isoformat() == "2026-11-03T10:12:05"
    assert values[4:] == [str(10**17), "NaN", "1850-01-01"]


def test_text_with_separators_stays_in_one_cell():
    assert as_csv([['a;=1,"b"\n=2', "x"]]) == [['a;=1,"b"\n=2', "x"]]
    assert next(csv_lines([["a;=1"]])) == '\ufeff"a;=1"\r\n'


def test_too_long_and_invalid_texts_can_be_written():
    cell = as_xlsx([["x" * 40_000 + "\x00\x0b\ud800"]])[0][0]
    assert len(cell.value) == 32_767
