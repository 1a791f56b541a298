"""Blocks for numbers, with the inputs of :class:`~.form_fields.NumberField`."""

from wagtail import blocks

from .form_fields import NumberField, WholeNumberField


class WholeNumberBlock(blocks.IntegerBlock):
    """A whole number."""

    def __init__(self, required=True, help_text=None, min_value=None, max_value=None, **kwargs):
        super().__init__(**kwargs)
        self.field = WholeNumberField(
            required=required, help_text=help_text, min_value=min_value, max_value=max_value
        )


class NumberBlock(blocks.DecimalBlock):
    """A decimal number."""

    def __init__(self, required=True, help_text=None, **kwargs):
        super().__init__(**kwargs)
        self.field = NumberField(required=required, help_text=help_text)
