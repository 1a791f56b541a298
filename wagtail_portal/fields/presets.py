"""Values of ticket fields that every ticket of a form gets."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from .questions import read_answer


class PresetBlock(blocks.StructBlock):
    """The value of a ticket field that every ticket of the form gets."""

    field = SnippetChooserBlock("wagtail_portal.TicketField", label=_("Ticket field"))
    value = blocks.CharBlock(
        max_length=255,
        label=_("Value"),
        help_text=_("As customers see it; for a choice, its label."),
    )

    class Meta:
        icon = "tag"
        label = _("Ticket field")

    def clean(self, value):
        value = super().clean(value)
        if value["field"] is None or not value["value"]:
            # A draft may be saved before it is complete.
            return value
        try:
            stored_preset(value["field"], value["value"])
        except ValidationError as error:
            raise blocks.StructBlockValidationError({"value": error}) from error
        return value


def stored_preset(field, typed: str):
    """Return the stored form of a value that an editor typed for a ticket field.

    :raises ValidationError: when the field does not accept it.
    """
    return read_answer(typed, field.spec())


class PresetBlocks(blocks.StreamBlock):
    """The presets of a form."""

    preset = PresetBlock()
