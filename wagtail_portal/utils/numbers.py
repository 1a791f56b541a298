"""Read numbers as people type them, and write them in the reader's language.

Which sign a language uses for decimals says little about the person who types: many use software
in a language other than that of their keyboard. So a number is only read if it can be read in one
way, whatever the language. “1.5” and “1,5” can, and so can “1,234.5”; “1.234” can't.
"""

import re
import unicodedata
from decimal import Decimal

from django.utils.formats import get_format

MAX_LENGTH = 100

_SIGNS = {
    "\N{MINUS SIGN}": "-",
    "\N{SMALL HYPHEN-MINUS}": "-",
    "\N{FULLWIDTH HYPHEN-MINUS}": "-",
    "\N{FULLWIDTH PLUS SIGN}": "+",
    "\N{FULLWIDTH FULL STOP}": ".",
    "\N{FULLWIDTH COMMA}": ",",
    "\N{ARABIC COMMA}": ",",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{ARABIC THOUSANDS SEPARATOR}": "'",
    "\N{ARABIC DECIMAL SEPARATOR}": "\N{ARABIC DECIMAL SEPARATOR}",
}
#: What's pasted along with numbers. Others in this category could turn the digits around.
_INVISIBLE = frozenset("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff")
_SIGN = r"(?P<sign>[-+]?)"
#: Groups of three digits, or two as in India, between separators that can't be decimal signs.
_PLAIN = re.compile(
    rf"{_SIGN}(?P<whole>\d+|\d{{1,3}}(?:(?P<by>[ '])\d{{3}})(?:(?P=by)\d{{3}})*)?"
    r"(?:[.,٫](?P<part>\d+))?"
)
_GROUPED = re.compile(
    rf"{_SIGN}(?P<whole>\d{{1,3}}(?:(?P<by>[.,])\d{{3}})(?:(?P=by)\d{{3}})*"
    r"|\d{1,2}(?:,\d{2})+,\d{3})(?:(?!(?P=by))[.,٫](?P<part>\d+))?"
)


class NotANumber(ValueError):
    """The text isn't a number."""


class Ambiguous(ValueError):
    """The text can be read as the number ``whole``, with a separator of thousands, or as the
    decimal number ``part``."""

    def __init__(self, whole: Decimal, part: Decimal):
        super().__init__(whole, part)
        self.whole, self.part = whole, part


def parse(typed: str) -> Decimal:
    """Return the number that was typed, in digits of any script.

    :raises Ambiguous: if it can be read in two ways, like “1.234”.
    :raises NotANumber: if it can't be read at all.
    """
    text = _simplify(typed)
    if len(text) > MAX_LENGTH:
        raise NotANumber(typed)
    matches = _GROUPED.fullmatch(text), _PLAIN.fullmatch(text)
    found = [_decimal(match) for match in matches if match and (match["whole"] or match["part"])]
    if not found:
        raise NotANumber(typed)
    if len(found) == 2:
        if text.lstrip("-+").startswith("0"):
            # No one groups a number that begins with zero.
            return found[1]
        raise Ambiguous(*found)
    return found[0]


def _simplify(typed: str) -> str:
    """Return a text with ASCII digits and signs, and without characters that can't be seen."""
    found = []
    for letter in typed[: MAX_LENGTH * 2].strip():
        category = unicodedata.category(letter)
        if category == "Nd":
            found.append(str(unicodedata.decimal(letter)))
        elif category == "Zs":
            found.append(" ")
        elif letter not in _INVISIBLE:
            found.append(_SIGNS.get(letter, letter))
    return "".join(found).strip()


def _decimal(match) -> Decimal:
    whole = re.sub(r"\D", "", match["whole"] or "") or "0"
    part = match["part"] or ""
    if len(part) == 4 and part.endswith("0"):
        # The zero is there to tell decimals from thousands: see `write`.
        part = part[:3]
    return Decimal(f"{match['sign']}{whole}.{part}" if part else f"{match['sign']}{whole}")


def write(number) -> str:
    """Return a number as :func:`parse` reads it, with the decimal sign of the reader's language.

    :param number: an ``int`` or ``Decimal``.
    """
    whole, _point, part = format(Decimal(number), "f").partition(".")
    if len(part) == 3 and len(whole.lstrip("-")) <= 3:
        part += "0"
    return whole + (get_format("DECIMAL_SEPARATOR") + part if part else "")


def canonical(number) -> str:
    """Return a number as text, the same for equal numbers: “1.5” for 1.50."""
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
