"""The order of the ticket list."""

from django.db.models import Case, QuerySet, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from wagtail_portal.columns import Column, PeriodField, period_q
from wagtail_portal.models import Ticket
from wagtail_portal.utils.expressions import Rows

#: Newest activity first.
DEFAULT = "-updated"
#: Only the order by the last activity has an index. In other orders, a list shows the tickets that
#: changed last, up to this number, so that sorting costs the same however many there are.
SORTED_AT_MOST = 1000
#: Breaks ties: the newest first.
TIE = "-id"


class SubjectColumn(Column):
    key, label = "subject", _("Subject")

    def ordering(self, descending=False):
        subject = Lower("subject")
        return [subject.desc() if descending else subject.asc()]


class UpdatedColumn(Column):
    key, label = "updated", _("Last updated")
    descends_first = True

    def ordering(self, descending=False):
        # The index serves this only without NULLS LAST.
        return ["-updated_at" if descending else "updated_at"]

    def filter_field(self, context):
        return PeriodField(label=self.label)

    def filter_q(self, cleaned):
        return period_q("updated_at", cleaned)


SUBJECT, UPDATED = SubjectColumn(), UpdatedColumn()


def by_activity(tickets: QuerySet[Ticket], *, descending: bool = True) -> QuerySet[Ticket]:
    """Return ``tickets`` in the order of their last activity, which has an index."""
    # Read backwards, the index serves the oldest first.
    return tickets.order_by(*(("-updated_at", TIE) if descending else ("updated_at", "id")))


def _first(column: Column) -> str:
    """Return the order that the first click on a heading selects."""
    return f"-{column.param}" if column.descends_first else column.param


def _reverse(order: str) -> str:
    return order.removeprefix("-") if order.startswith("-") else f"-{order}"


class SortOrder:
    """One of the orders of a list with certain columns.

    :param selected: the ``param`` of a column, with ``-`` in front for the descending order;
        anything else is the default order.
    """

    def __init__(self, columns: list[Column], selected: str):
        sortable = [row for row in (SUBJECT, *columns, UPDATED) if row.ordering()]
        self.columns = {column.param: column for column in sortable}
        self.selected = selected if selected.removeprefix("-") in self.columns else DEFAULT
        self.descending = self.selected.startswith("-")
        self.column = self.columns[self.selected.removeprefix("-")]

    @property
    def is_default(self) -> bool:
        """Whether this is the order of the list without any choices."""
        return self.selected == DEFAULT

    @property
    def by_activity(self) -> bool:
        """Whether tickets are sorted by their last activity, in either direction."""
        return self.column is UPDATED

    def apply(self, tickets: QuerySet[Ticket], first: int | None = None) -> QuerySet[Ticket]:
        """Return ``tickets`` in this order.

        :param first: the number of a ticket that precedes all others.
        """
        # Read backwards, the index serves the oldest first.
        tie = "id" if self.selected == "updated" else TIE
        order = [*self.column.ordering(self.descending), tie]
        if first is not None:
            order.insert(0, Case(When(number=first, then=0), default=1))
        return tickets.order_by(*order)

    def limit(self, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
        """Return those of ``tickets`` that can be sorted quickly, in any order."""
        newest = by_activity(tickets).values("pk")[:SORTED_AT_MOST]
        return Ticket.objects.filter(pk__in=Rows(newest))

    def heading(self, column: Column, url) -> dict:
        """Return what the heading of a column needs: the state for ``aria-sort``, and the URL to
        sort by it; both are empty if tickets can't be sorted by it."""
        if column.param not in self.columns:
            return {"state": "", "url": ""}
        if column.param != self.column.param:
            return {"state": "", "url": _url(url, _first(column))}
        state = "descending" if self.descending else "ascending"
        return {"state": state, "url": _url(url, _reverse(self.selected))}

    def options(self, url) -> list[dict]:
        """Return every order, for screens without headings."""
        return [
            {
                "label": column.label,
                "descending": order.startswith("-"),
                "url": _url(url, order),
                "current": order == self.selected,
            }
            for column in self.columns.values()
            for order in (_first(column), _reverse(_first(column)))
        ]


def _url(url, order: str) -> str:
    return str(url.replace(sort="" if order == DEFAULT else order))
