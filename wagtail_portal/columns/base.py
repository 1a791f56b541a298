"""The base class of columns."""

from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import F, Q
from django.utils.html import escape
from django.utils.safestring import SafeString

from wagtail_portal.fields import FormContext
from wagtail_portal.utils.typing import StrOrPromise

from .filters import IdsField

if TYPE_CHECKING:
    from wagtail_portal.models import Ticket


class Column:
    """One value of every ticket, wherever tickets are listed.

    Subclass it and override what differs, or pass attributes: ``Column(key=…, label=…,
    source="organization.external_id")`` is complete. One instance serves every request, so
    methods never change it: see :meth:`copy`.
    """

    #: Stored in the portal settings and used in URLs; never changes.
    key: str = ""
    label: StrOrPromise = ""
    #: Path from a ticket to the value, with dots between the attributes.
    source: str = ""
    #: Relations that lists load along with the tickets, as ``select_related()`` takes them.
    related: tuple[str, ...] = ()
    #: Whether the column reads ``ticket.values``, which the team's listing doesn't load otherwise.
    reads_values: bool = False
    #: Whether editors can make the column visible to customers.
    for_customers: bool = True
    #: Whether the team's listing and its exports include the column.
    in_inbox: bool = True
    #: Whether customers can filter by the column even where it isn't designated as a filter.
    always_filters: bool = False
    #: What the team filters by, found by typing: ``"agent"``, ``"form"``, ``"member"`` or
    #: ``"organization"``. :meth:`filter_q` gets the primary keys.
    filter_rows: str = ""
    #: The choice of tickets without such a row, for which :meth:`filter_q` gets None; "" for none.
    no_row: StrOrPromise = ""
    #: Whether sorting starts with the largest value, as people expect of dates.
    descends_first: bool = False

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def copy(self, **attributes: Any) -> "Column":
        """Return a copy with other attributes."""
        copied = copy(self)
        vars(copied).update(attributes)
        return copied

    @property
    def param(self) -> str:
        """The column's name in URLs, different for every column."""
        return self.key.replace("field:", "f-", 1)

    def for_team(self) -> "Column":
        """Return the column as the team sees it, where that differs."""
        return self

    def prepare(self, tickets: list, context: FormContext) -> "Column":
        """Return the column, ready to show ``tickets`` in a constant number of queries.

        :param context: a :class:`~wagtail_portal.fields.FormContext`.
        """
        return self

    def value(self, ticket: "Ticket") -> Any:
        """Return the value of a ticket, or None."""
        found: Any = ticket
        for name in self.source.split("."):
            found = getattr(found, name, None)
        return found

    def text(self, ticket: "Ticket") -> str:
        """Return the value in plain words."""
        value = self.value(ticket)
        return "" if value is None else str(value)

    def html(self, ticket: "Ticket") -> SafeString:
        """Return the value as safe HTML, for the ticket's own page; "" when there is none."""
        return escape(self.text(ticket))

    def list_html(self, ticket: "Ticket") -> SafeString:
        """Return the value as safe HTML on one line, for a row of a list."""
        return self.html(ticket)

    def export(self, ticket: "Ticket") -> Any:
        """Return the value for a spreadsheet: text, a number, a date, or an aware datetime."""
        return self.text(ticket)

    def sort_expressions(self) -> tuple:
        """Return what tickets are sorted by, in ascending order; empty if they can't be."""
        return ()

    def ordering(self, descending: bool = False) -> list:
        """Return the arguments of ``order_by()``: tickets without a value come last."""
        direction = "desc" if descending else "asc"
        return [
            getattr(F(found) if isinstance(found, str) else found, direction)(nulls_last=True)
            for found in self.sort_expressions()
        ]

    def filter_field(self, context: FormContext) -> forms.Field | None:
        """Return the form field of the filter, with its label; None if there's no filter.

        :param context: a :class:`~wagtail_portal.fields.FormContext`.
        """
        return IdsField(label=self.label) if self.filter_rows else None

    def filter_q(self, cleaned: Any) -> Q:
        """Return the condition for a cleaned value of :meth:`filter_field`."""
        return Q()
