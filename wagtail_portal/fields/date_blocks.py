"""Blocks for times, with the field of :class:`~.types.dates.DateTimeType`."""

from django.utils.functional import cached_property
from wagtail import blocks
from wagtail.admin.widgets import AdminDateTimeInput

from .types.dates import BoundedDateTimeField


class LocalDateTimeBlock(blocks.DateTimeBlock):
    """A time in the editor's time zone."""

    @cached_property
    def field(self):
        """The form field."""
        widget = AdminDateTimeInput(format=self.format)
        return BoundedDateTimeField(widget=widget, **self.field_options)
