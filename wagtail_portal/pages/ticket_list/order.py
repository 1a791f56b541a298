"""What the list can be sorted by."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Newest activity first; the only order that an index serves.
DEFAULT = "-updated"
#: Tells equal tickets apart: the newest first.
TIE = "-id"


@dataclass(frozen=True)
class Sort:
    """One thing that the list can be sorted by.

    ``ordering(descending)`` is what ``order_by()`` takes.
    """

    key: str
    label: str | Promise
    ordering: Callable[[bool], list]
    #: Whether one wants the largest first, as with dates.
    descends_first: bool = False

    @property
    def first(self) -> str:
        """What a first click on the heading asks for."""
        return f"-{self.key}" if self.descends_first else self.key


def _subject(descending):
    subject = Lower("subject")
    return [subject.desc() if descending else subject.asc()]


def _updated(descending):
    return ["-updated_at" if descending else "updated_at"]


def sorts(columns) -> dict[str, Sort]:
    """What the list with these columns can be sorted by, by key, in the order of the columns."""
    found = [
        Sort("subject", _("Subject"), _subject),
        *(
            Sort(column.param, column.label, column.ordering, column.descends_first)
            for column in columns
            if column.ordering
        ),
        Sort("updated", _("Last change"), _updated, descends_first=True),
    ]
    return {sort.key: sort for sort in found}


class Order:
    """The order of a list: ``asked`` is the key of a sort, with ``-`` in front when descending."""

    def __init__(self, sorts: dict[str, Sort], asked: str):
        self.sorts = sorts
        known = asked.removeprefix("-") in sorts
        self.asked = asked if known else DEFAULT
        self.descending = self.asked.startswith("-")
        self.sort = sorts[self.asked.removeprefix("-")]

    @property
    def is_default(self) -> bool:
        """Whether nothing else was asked for."""
        return self.asked == DEFAULT

    def apply(self, tickets):
        """``tickets`` in this order."""
        # Oldest activity first is the index read backwards, and so is its tie-breaker.
        tie = "id" if self.asked == "updated" else TIE
        return tickets.order_by(*self.sort.ordering(self.descending), tie)

    def heading(self, key: str, address) -> dict:
        """For the heading of a column: the state for ``aria-sort``, and where a click leads; empty
        when it does not sort."""
        sort = self.sorts.get(key)
        if sort is None:
            return {"state": "", "url": ""}
        current = sort.key == self.sort.key
        state = ("descending" if self.descending else "ascending") if current else ""
        turned = sort.key if self.descending else f"-{sort.key}"
        return {"state": state, "url": _url(address, turned if current else sort.first)}

    def options(self, address) -> list[dict]:
        """Every order, for where there are no headings."""
        rows = []
        for sort in self.sorts.values():
            for asked in (sort.first, sort.key if sort.descends_first else f"-{sort.key}"):
                rows.append(
                    {
                        "label": sort.label,
                        "descending": asked.startswith("-"),
                        "url": _url(address, asked),
                        "current": asked == self.asked,
                    }
                )
        return rows


def _url(address, asked):
    return str(address.replace(sort="" if asked == DEFAULT else asked))
