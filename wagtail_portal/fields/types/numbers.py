"""Whole numbers and decimals."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.basic_blocks import NumberBlock, WholeNumberBlock
from wagtail_portal.fields.filters import FilterByNumber
from wagtail_portal.fields.form_fields import NumberField, WholeNumberField

#: The largest integer that JavaScript and other JSON parsers represent exactly.
MAX_NUMBER = 2**53 - 1


class NumberType(FilterByNumber):
    """A whole number."""

    key = "number"
    label = _("Number")
    description = _("A whole number")
    icon = "order"

    def form_field(self, spec: Any) -> Any:
        least, most = spec.options.get("least"), spec.options.get("most")
        return WholeNumberField(
            min_value=-MAX_NUMBER if least is None else least,
            max_value=MAX_NUMBER if most is None else most,
        )

    def to_json(self, value: Any) -> Any:
        return value

    def display(self, stored: Any, spec: Any) -> str:
        if not isinstance(stored, int) or isinstance(stored, bool):
            return super().display(stored, spec)
        return number_format(stored, use_l10n=True, force_grouping=True)

    def export(self, stored: Any, spec: Any) -> Any:
        return stored if isinstance(stored, int) else self.display(stored, spec)

    def block_options(self) -> Any:
        return [
            ("least", WholeNumberBlock(required=False, label=_("Minimum"))),
            ("most", WholeNumberBlock(required=False, label=_("Maximum"))),
        ]


class DecimalType(FilterByNumber):
    """A number with decimals, stored as text, exactly as entered."""

    key = "decimal"
    label = _("Decimal number")
    description = _("A number with decimal places, for example an amount")
    icon = "decimal"

    def form_field(self, spec: Any) -> Any:
        return NumberField(
            max_digits=20,
            decimal_places=spec.options.get("places") or 6,
            min_value=spec.options.get("least"),
            max_value=spec.options.get("most"),
        )

    def to_json(self, value: Any) -> Any:
        return None if value is None else format(value, "f")

    def from_json(self, stored: Any) -> Any:
        # What is stored has a point, whatever the language; a text would be read as if typed.
        is_plain = isinstance(stored, str) and re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]+)?", stored)
        return Decimal(stored) if is_plain else stored

    def display(self, stored: Any, spec: Any) -> str:
        number = _finite(stored)
        if number is None:
            return super().display(stored, spec)
        return number_format(number, use_l10n=True, force_grouping=True)

    def export(self, stored: Any, spec: Any) -> Any:
        number = _finite(stored)
        return self.display(stored, spec) if number is None else number

    def block_options(self) -> Any:
        places = WholeNumberBlock(
            required=False, min_value=1, max_value=10, label=_("Decimal places")
        )
        return [
            ("least", NumberBlock(required=False, label=_("Minimum"))),
            ("most", NumberBlock(required=False, label=_("Maximum"))),
            ("places", places),
        ]


def _finite(stored: Any) -> Decimal | None:
    """Return a stored number; None for anything else, such as an imported "NaN"."""
    try:
        number = Decimal(str(stored))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
