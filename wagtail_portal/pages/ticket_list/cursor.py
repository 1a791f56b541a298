"""The pages of the ticket list.

Each link to a neighboring page says where this one ends, so that the database reads only that page,
however far down it is. Without this, as in a URL that someone typed, it skips the rows before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db.models import Q

from wagtail_portal import conf
from wagtail_portal.models import Ticket
from wagtail_portal.pages.list_url import value
from wagtail_portal.utils.days import EARLIEST, LATEST
from wagtail_portal.utils.query_params import page_number, parse_pk

AFTER, BEFORE = "after", "before"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """The ticket at the end of a page: the place of its last change, and its primary key."""

    updated_at: datetime
    pk: int

    def __str__(self):
        return f"{(self.updated_at - _EPOCH) // _MICROSECOND}-{self.pk}"

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """Return the place of a ticket."""
        return cls(ticket.updated_at, ticket.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the place that a URL names; None if it's malformed."""
        at, pk = (parse_pk(part) for part in (text.split("-") if text.count("-") == 1 else "  "))
        if at is None or pk is None:
            return None
        try:
            moment = _EPOCH + at * _MICROSECOND
        except OverflowError:
            return None
        return cls(moment, pk) if EARLIEST.year <= moment.year <= LATEST.year else None

    def beyond(self, *, newer: bool) -> Q:
        """Return the condition for tickets that changed after this one, or before it."""
        than = "gt" if newer else "lt"
        tied = Q(**{f"updated_at__{than}": self.updated_at}) | Q(**{f"pk__{than}": self.pk})
        # The first condition is the one that an index serves.
        return Q(**{f"updated_at__{than}e": self.updated_at}) & tied


@dataclass(frozen=True)
class Page:
    """A page that a URL asks for: by its number and, in links of the list, by what it's next to."""

    number: int
    cursor: Cursor | None = None
    #: Whether the page comes before the cursor, not after it.
    is_before: bool = False

    @classmethod
    def of(cls, params) -> Self:
        """Return the page that the parameters of a URL ask for."""
        number = page_number(params)
        for name in (AFTER, BEFORE):
            # The first page shows what's new since the link was made.
            if number > 1 and (cursor := Cursor.parse(value(params, name))):
                return cls(number, cursor, name == BEFORE)
        return cls(number)

    @property
    def places(self) -> range:
        """Which rows to read, beginning at the cursor. After a page, one more is read to know
        whether there's another one."""
        size = conf.TICKETS_PER_PAGE
        if self.is_before:
            return range(size)
        start = 0 if self.cursor else (self.number - 1) * size
        return range(start, start + size + 1)

    def without_cursor(self) -> "Page":
        """Return the page by its number only."""
        return Page(self.number)
