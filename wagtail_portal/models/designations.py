"""The fields of a ticket that editors made visible to customers in the portal settings."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from wagtail_portal.columns import Column, TicketFieldColumn, column_choices, get_column
from wagtail_portal.fields import FormContext

from .settings_rows import SETTINGS
from .ticket_fields import TicketField

#: Built-in columns that customers can be allowed to change.
EDITABLE_COLUMNS = {"urgency"}


class DesignatedFieldQuerySet(models.QuerySet):
    def shown(self) -> Self:
        """Return the rows that customers see anywhere, without archived ticket fields."""
        anywhere = models.Q(in_list=True) | models.Q(on_ticket=True) | models.Q(editable=True)
        return self.filter(anywhere).exclude(ticket_field__archived=True)


class DesignatedField(models.Model):
    """A field that customers may see. Fields without a row are hidden from them."""

    settings = ParentalKey(SETTINGS, on_delete=models.CASCADE, related_name="designated_fields")
    builtin = models.CharField(
        _("built-in field"),
        max_length=60,
        # A function, so that migrations don't change with the columns that are registered.
        choices=column_choices,
        blank=True,
    )
    ticket_field = models.ForeignKey(
        TicketField,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("or ticket field"),
    )
    in_list = models.BooleanField(_("in the list"), default=True)
    on_ticket = models.BooleanField(_("on the ticket"), default=True)
    as_filter = models.BooleanField(_("as a filter"), default=False)
    editable = models.BooleanField(_("editable by customers"), default=False)
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    sort_order_field = "sort_order"

    objects = DesignatedFieldQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "id"]
        verbose_name = _("designated field")
        verbose_name_plural = _("designated fields")

    def __str__(self) -> str:
        return str(self.label)

    def clean(self) -> None:
        super().clean()
        if bool(self.builtin) == bool(self.ticket_field_id):
            raise ValidationError(gettext("Choose either a built-in field or a ticket field."))
        if self.editable and not self.can_be_editable:
            raise ValidationError(
                {"editable": gettext("Customers can’t change this field. Only the team can.")}
            )
        if self.editable and not self.on_ticket:
            text = gettext("Customers change fields on the ticket. Tick “On the ticket” as well.")
            raise ValidationError({"editable": text})
        if self.as_filter and not self.can_be_filtered_by:
            raise ValidationError({"as_filter": gettext("This field can’t be used as a filter.")})

    @property
    def can_be_editable(self) -> bool:
        """Whether customers can be allowed to change the field."""
        if self.builtin:
            return self.builtin in EDITABLE_COLUMNS
        # Files are sent with a reply, where everyone notices them.
        field = self.ticket_field
        return field is not None and field.customers_may_set and not field.field_type.is_file

    @property
    def can_be_filtered_by(self) -> bool:
        """Whether customers can be allowed to filter by the field."""
        column = self.column
        return column is not None and column.filter_field(FormContext()) is not None

    @property
    def is_available(self) -> bool:
        """Whether the ticket field isn't archived, and the column is registered for customers."""
        if self.ticket_field is not None:
            return not self.ticket_field.archived
        column = get_column(self.builtin)
        return column is not None and column.for_customers

    @property
    def key(self) -> str:
        """The key of the column, like ``"status"`` or ``"field:severity"``."""
        return f"field:{self.ticket_field.key}" if self.ticket_field else self.builtin

    @property
    def label(self) -> str:
        """The heading of the column."""
        if self.ticket_field is not None:
            return self.ticket_field.localized_label
        column = get_column(self.builtin)
        return self.builtin if column is None else str(column.label)

    @property
    def column(self) -> Column | None:
        """The column that shows the field; None if its code is no longer installed."""
        if self.ticket_field is not None:
            return TicketFieldColumn(self.ticket_field)
        return get_column(self.builtin)
