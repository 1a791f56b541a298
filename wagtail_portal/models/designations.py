"""What customers may see of a ticket: the fields that editors designated in the portal settings."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from .settings_rows import SETTINGS
from .ticket_fields import TicketField

#: Fields of every ticket that editors can designate, beside the ticket fields.
BUILT_IN_COLUMNS = {
    "status": _("Status"),
    "requester": _("Requester"),
    "assignee": _("Assigned to"),
    "urgency": _("Urgency"),
    "form": _("Form"),
    "opened": pgettext_lazy("date of a ticket", "Opened"),
}

#: Those of them that customers can be allowed to change.
EDITABLE_COLUMNS = {"urgency"}


class DesignatedFieldQuerySet(models.QuerySet):
    def shown(self):
        """Those that customers see anywhere, archived ticket fields left out."""
        anywhere = models.Q(in_list=True) | models.Q(on_ticket=True) | models.Q(editable=True)
        return self.filter(anywhere).exclude(ticket_field__archived=True)


class DesignatedField(models.Model):
    """A field that customers may see. Whatever has no row here stays with the team."""

    settings = ParentalKey(SETTINGS, on_delete=models.CASCADE, related_name="designated_fields")
    builtin = models.CharField(
        _("field of every ticket"),
        max_length=20,
        choices=list(BUILT_IN_COLUMNS.items()),
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
    editable = models.BooleanField(_("customers may change it"), default=False)
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    sort_order_field = "sort_order"

    objects = DesignatedFieldQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "id"]
        verbose_name = _("designated field")
        verbose_name_plural = _("designated fields")

    def __str__(self):
        return str(self.label)

    def clean(self):
        super().clean()
        if bool(self.builtin) == bool(self.ticket_field_id):
            raise ValidationError(
                gettext("Choose a field of every ticket or a ticket field, one of both.")
            )
        if self.editable and not self.can_be_editable:
            raise ValidationError(
                {"editable": gettext("Customers cannot change this field, only the team can.")}
            )
        if self.as_filter and self.ticket_field_id:
            field = self.ticket_field
            if field.field_type.filter_field(field.spec()) is None:
                raise ValidationError({"as_filter": gettext("One cannot filter by such a field.")})

    @property
    def can_be_editable(self) -> bool:
        """Whether customers can be allowed to change the field."""
        if self.builtin:
            return self.builtin in EDITABLE_COLUMNS
        # A file comes with a reply, where everybody sees that it is new.
        return self.ticket_field.customers_may_set and not self.ticket_field.field_type.is_file

    @property
    def key(self) -> str:
        """``"status"`` and the like, or ``"field:<key>"``."""
        return self.builtin or f"field:{self.ticket_field.key}"

    @property
    def label(self) -> str:
        """The heading of its column."""
        return BUILT_IN_COLUMNS[self.builtin] if self.builtin else self.ticket_field.localized_label
