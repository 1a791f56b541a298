"""The blocks with which editors show something only to some customers, by the values of fields."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from .answer_keys import KeyedStructBlock, show_labels, store_keys
from .basic_blocks import FieldChooserBlock, UntranslatedLineBlock
from .conditions import Condition, match_answers
from .registry import get_field_type


class CustomerConditionBlock(KeyedStructBlock):
    """A field of organizations or members, and the values that it needs to have."""

    field = FieldChooserBlock("wagtail_portal.CustomerField", label=_("Customer field"))
    value = UntranslatedLineBlock(
        max_length=255,
        label=_("Value"),
        help_text=_(
            "For a choice, its label. Separate several values with commas. One of them is enough."
        ),
    )

    class Meta:
        icon = "tag"
        label = _("Customer field")

    def problems(self, value, errors):
        # A draft may be saved before it's complete.
        if value["field"] is None or not value["value"] or "value" in errors:
            return {}
        spec = value["field"].spec()
        _values, unknown = match_answers(value["value"], spec)
        if not unknown:
            return {}
        text = gettext("“%(field)s” has no value “%(value)s”.")
        return {"value": ValidationError(text % {"field": spec.label, "value": unknown[0]})}


class CustomerConditionBlocks(blocks.StreamBlock):
    """Conditions that a customer has to meet, all of them."""

    condition = CustomerConditionBlock()

    def clean(self, value):
        value = super().clean(value)
        store_keys(value)
        return value

    def get_form_state(self, value):
        states = super().get_form_state(value)
        show_labels(value or (), states)
        return states


@dataclass(frozen=True)
class CustomerCondition:
    """One of the conditions, ready to be checked without a query.

    :param about: whom the field describes; "" if it was deleted, which no one meets.
    """

    about: str = ""
    key: str = ""
    type: str = ""
    values: tuple[str, ...] = ()

    def holds(self, values_of: dict[str, dict]) -> bool:
        """Return whether a customer meets the condition.

        :param values_of: the stored values of the organization and of the member, by ``about``.
        """
        stored = values_of.get(self.about, {}).get(self.key)
        if stored is None or not self.values:
            return False
        answer = get_field_type(self.type).from_json(stored)
        return Condition(self.key, "equals", self.values).holds(answer)
