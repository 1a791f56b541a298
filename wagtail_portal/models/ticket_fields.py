"""Ticket fields and their choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from .cached_rows import cached_rows, register
from .field_definitions import ChoiceDefinition, FieldDefinition


class SetBy(models.TextChoices):
    """Who can set a ticket field."""

    CUSTOMERS = "customers", _("Customers and the team")
    TEAM = "team", _("The team only")


class TicketField(FieldDefinition):
    """A typed property of tickets, defined once for forms, lists, filters and the team."""

    default = models.JSONField(_("default"), null=True, blank=True, editable=False)
    set_by = models.CharField(
        _("who can set it"), max_length=10, choices=SetBy, default=SetBy.CUSTOMERS
    )
    archived = models.BooleanField(
        _("archived"),
        default=False,
        help_text=_("No longer offered in forms. Existing tickets keep their values."),
    )

    class Meta(FieldDefinition.Meta):
        verbose_name = _("ticket field")
        verbose_name_plural = _("ticket fields")

    @classmethod
    def cached(cls) -> list["TicketField"]:
        """Return all fields in the editors' order, archived ones included, with their choices.
        Don't change them."""
        return cached_rows("ticket_fields")

    @property
    def customers_may_set(self) -> bool:
        """Whether forms can ask for the field."""
        return self.set_by == SetBy.CUSTOMERS


class TicketFieldChoice(ChoiceDefinition):
    """One choice of a ticket field. Tickets store its key, so its label can change."""

    field = ParentalKey(TicketField, on_delete=models.CASCADE, related_name="choices")

    class Meta(ChoiceDefinition.Meta):
        constraints = [
            models.UniqueConstraint(fields=["field", "key"], name="portal_choice_key_once"),
        ]


register(
    "ticket_fields",
    lambda: list(TicketField.objects.prefetch_related("choices")),
    TicketField,
    TicketFieldChoice,
)
