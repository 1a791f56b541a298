"""Columns of organization fields and member fields."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from wagtail_portal.fields import FormContext

from .base import Column
from .ticket_fields import FieldColumn, TicketFieldColumn

if TYPE_CHECKING:
    from wagtail_portal.models import Ticket

#: The relation of tickets to whom a field describes.
RELATIONS = {"organization": "organization", "member": "requester"}


class CustomerFieldColumn(FieldColumn):
    """The value that a ticket's organization or requester has in one field."""

    for_customers = False

    def __init__(self, field: Any) -> None:
        """
        :param field: a ``CustomerField``.
        """
        self.field, self.kind, self.definition = field, field.field_type, field.spec()
        self.spec = self.kind.prepare(self.definition, FormContext())
        super().__init__(key=field.column_key, label=field.localized_label)

    @property
    def param(self) -> str:
        return self.key.replace(":", "-")

    @property
    def relation(self) -> str:
        """The relation of tickets to whom the field describes."""
        return RELATIONS[self.field.about]

    def value(self, ticket: "Ticket") -> Any:
        return getattr(ticket, self.relation).values.get(self.field.key)

    def filter_q(self, cleaned: Any) -> Q:
        condition = self.kind.filter_q(self.field.key, cleaned)
        if not condition:
            return Q()
        # Customers are few: they're found first, so that an index of the tickets can be used.
        about = type(self.field).CUSTOMERS[self.field.about]
        return Q(**{f"{self.relation}__in": about.objects.filter(condition).values("pk")})


def field_column(field: Any) -> Column:
    """Return the column of a field of tickets, organizations or members."""
    is_of_customers = hasattr(field, "about")
    return CustomerFieldColumn(field) if is_of_customers else TicketFieldColumn(field)
