"""Columns of ticket fields."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from wagtail_portal.fields import FormContext
from wagtail_portal.fields.types.people import MemberType

from .base import Column

if TYPE_CHECKING:
    from wagtail_portal.models import Ticket


class FieldColumn(Column):
    """The values of one field, displayed, filtered and exported as its type says."""

    #: The field, its type, how it's defined, and how it's shown.
    field: Any
    kind: Any
    definition: Any
    spec: Any
    #: What was rendered already, by the stored text, which is often the key of a choice.
    rendered: dict | None = None

    def _shown(self, ticket: "Ticket", show: Any) -> Any:
        stored = self.value(ticket)
        shown = None if stored is None else show(stored, self.spec)
        return "" if shown is None else shown

    def text(self, ticket: "Ticket") -> str:
        return str(self._shown(ticket, self.kind.display))

    def html(self, ticket: "Ticket") -> Any:
        return self._shown(ticket, self.kind.html)

    def list_html(self, ticket: "Ticket") -> Any:
        stored = self.value(ticket)
        if self.rendered is None or not isinstance(stored, str):
            return self._shown(ticket, self.kind.list_html)
        if stored not in self.rendered:
            self.rendered[stored] = self._shown(ticket, self.kind.list_html)
        return self.rendered[stored]

    def export(self, ticket: "Ticket") -> Any:
        return self._shown(ticket, self.kind.export)

    def filter_field(self, context: FormContext) -> Any:
        return self.kind.filter_field(self.kind.prepare(self.definition, context))


class TicketFieldColumn(FieldColumn):
    """The values of one ticket field, which tickets can be sorted by, too."""

    reads_values = True

    def __init__(
        self, field: Any, context: FormContext | None = None, tickets: Iterable = ()
    ) -> None:
        """
        :param field: a ``TicketField``.
        :param context: has the URLs of files. Without it, only their names are shown.
        :param tickets: the tickets whose values are going to be shown.
        """
        self.field, self.kind, self.definition = field, field.field_type, field.spec()
        self.spec = self._prepared_spec(context or FormContext(), tickets)
        super().__init__(
            key=f"field:{field.key}",
            label=field.localized_label,
            descends_first=self.kind.sorts_descending_first,
            filter_rows="member" if field.type == MemberType.key else "",
        )

    def _prepared_spec(self, context: FormContext, tickets: Iterable) -> Any:
        return self.kind.prepare(self.definition, context, [self.value(row) for row in tickets])

    def prepare(self, tickets: Iterable, context: FormContext) -> Any:
        return self.copy(spec=self._prepared_spec(context, tickets), rendered={})

    def value(self, ticket: "Ticket") -> Any:
        return ticket.values.get(self.field.key)

    def ordering(self, descending: bool = False) -> Any:
        return self.kind.ordering(self.field.key, self.spec, descending=descending) or []

    def filter_q(self, cleaned: Any) -> Q:
        return self.kind.filter_q(self.field.key, cleaned)


def prepare_columns(
    columns: Any, tickets: list, context: FormContext | None = None
) -> list[Column]:
    """Return ``columns``, ready to show ``tickets`` in a constant number of queries."""
    fields = [column.field for column in columns if isinstance(column, TicketFieldColumn)]
    context = with_member_names(context or FormContext(), fields, tickets)
    return [column.prepare(tickets, context) for column in columns]


def with_member_names(context: FormContext, fields: Any, tickets: list) -> FormContext:
    """Return ``context`` with the names of all members who are values of ticket fields.

    One query loads all of them, instead of one for each field.
    """
    fields = [field for field in fields if field.type == MemberType.key]
    values = [ticket.values.get(field.key) for ticket in tickets for field in fields]
    ids = {value for value in values if isinstance(value, int)}
    names = fields[0].spec().options["name_members"](ids) if ids else {}
    return replace(context, names={pk: names.get(pk) for pk in ids})
