"""Numbers as people type them: read as they were meant, or not at all."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from wagtail_portal.utils import numbers

READ = {
    "0": "0",
    "007": "7",
    "1,5": "1.5",
    "1.5": "1.5",
    "1,50": "1.50",
    ",5": "0.5",
    "-1,5": "-1.5",
    "−3": "-3",
    "+5": "5",
    "0.125": "0.125",
    "0,125": "0.125",
    "1.1250": "1.125",
    "1234.567": "1234.567",
    "1234,567": "1234.567",
    "1 000": "1000",
    "1\u00a0234,5": "1234.5",
    "1\u202f234\u202f567.25": "1234567.25",
    "1'234.50": "1234.50",
    "1’234": "1234",
    "1.234,56": "1234.56",
    "1,234.56": "1234.56",
    "1,234.567": "1234.567",
    "1,234,567": "1234567",
    "1.234.567": "1234567",
    "1.234.567,890": "1234567.890",
    "1,00,000": "100000",
    "12,34,567.5": "1234567.5",
    "١٢٫٥": "12.5",
    "١٬٢٣٤": "1234",
    "١،٥": "1.5",
    "۱۲۳": "123",
    "१२": "12",
    "１２．５": "12.5",
    " \u200e5\u200f ": "5",
    "\ufeff42": "42",
}

REFUSED = [
    *("", " ", "x", "1x", "5 %", "€ 5", "--1", "1-2", "1..5", "1,,5", "1.", "1,", "."),
    *("1.23.456", "1,234,56", "1,234,5678", "12 34", "1 23", "1.234.56", "1,2345,678"),
    # Each would be another number if its unusual character were left out.
    *("5²", "½", "①", "Ⅻ", "1e3", "1_000", "NaN", "Infinity", "0x10", "1\u202e2", "1\u20e32"),
    "9" * 101,
]

AMBIGUOUS = ["1.000", "1,000", "1.250", "12,345", "999.999", "-1.000", "١٫٠٠٠", "１，０００"]


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar"])
@pytest.mark.parametrize(("typed", "read"), READ.items())
def test_number_that_can_be_read_in_one_way(typed, read, language):
    with translation.override(language):
        assert str(numbers.parse(typed)) == read


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_number(typed):
    with pytest.raises(numbers.NotANumber):
        numbers.parse(typed)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("typed", [text for text in AMBIGUOUS if "٫" not in text])
def test_number_that_can_be_read_in_two_ways(typed, language):
    with translation.override(language), pytest.raises(numbers.Ambiguous) as error:
        numbers.parse(typed)
    assert error.value.whole == error.value.part * 1000


def test_arabic_decimal_sign_is_never_one_of_thousands():
    assert numbers.parse("١٫٠٠٠") == 1


@given(
    st.decimals(-(10**12), 10**12, allow_nan=False, places=5) | st.integers(-(10**15), 10**15),
    st.sampled_from(["en", "de", "fr", "ar", "es"]),
)
def test_what_is_written_is_read_as_the_same(number, language):
    with translation.override(language):
        assert numbers.parse(numbers.write(number)) == number


@given(st.decimals(-(10**6), 10**6, allow_nan=False, places=3))
def test_three_decimals_are_written_so_that_they_can_be_read(number):
    for language in ("en", "de"):
        with translation.override(language):
            assert numbers.parse(numbers.write(number)) == number


@given(st.text(alphabet="0123456789.,'٫٬، -+\u202f", max_size=14))
def test_digits_are_never_lost_and_never_moved(typed):
    try:
        read = numbers.parse(typed)
    except ValueError:
        return
    digits = "".join(letter for letter in typed if letter.isdecimal())
    found = format(read, "f").replace(".", "").lstrip("-")
    assert found.strip("0") == digits.strip("0")


def test_equal_numbers_are_compared_as_equal_texts():
    assert numbers.canonical(Decimal("1.50")) == numbers.canonical(Decimal("1.5")) == "1.5"
    assert numbers.canonical(100) == numbers.canonical(Decimal("100.00")) == "100"
