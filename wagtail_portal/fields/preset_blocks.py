"""The blocks with which editors preset ticket fields of a form's tickets."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from .answer_keys import KeyedStructBlock, show_labels, store_keys
from .basic_blocks import FieldChooserBlock, UntranslatedLineBlock
from .questions import read_typed_answer


class PresetBlock(KeyedStructBlock):
    """A value for a ticket field of every ticket that the form opens."""

    field = FieldChooserBlock("wagtail_portal.TicketField", label=_("Ticket field"))
    value = UntranslatedLineBlock(
        max_length=255,
        label=_("Value"),
        help_text=_("As customers see it; for a choice, its label."),
    )

    class Meta:
        icon = "tag"
        label = _("Ticket field")

    def problems(self, value, errors):
        # A draft may be saved before it's complete.
        if value["field"] is None or not value["value"] or "value" in errors:
            return {}
        try:
            read_typed_answer(value, "value", value["field"].spec())
        except ValidationError as error:
            return {"value": error}
        return {}


class PresetBlocks(blocks.StreamBlock):
    """The presets of a form."""

    preset = PresetBlock()

    def clean(self, value):
        value = super().clean(value)
        errors, seen = {}, set()
        for index, child in enumerate(value):
            if (field := child.value["field"]) and field.pk in seen:
                text = gettext("“%(field)s” already has a preset value.") % {"field": field.label}
                error = {"field": ValidationError(text)}
                errors[index] = blocks.StructBlockValidationError(error)
            elif field:
                seen.add(field.pk)
        if errors:
            raise blocks.StreamBlockValidationError(block_errors=errors)
        store_keys(value)
        return value

    def get_form_state(self, value):
        states = super().get_form_state(value)
        show_labels(value or (), states)
        return states
