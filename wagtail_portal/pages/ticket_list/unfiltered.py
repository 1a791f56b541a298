"""The queries of a list that's neither searched nor filtered, as most are. They're prepared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import cached_property

from wagtail_portal.models import (
    Member,
    Reader,
    SavedFilter,
    Ticket,
    follows,
    waiting_on,
    with_followed,
    with_last_text,
    with_unread,
)
from wagtail_portal.utils.expressions import Rows
from wagtail_portal.utils.prepared import prepared

from .choices import choices_query
from .cursor import Cursor
from .menus import COUNT_LIMIT
from .order import SORTED_AT_MOST, by_activity

#: The names of the numbers of tickets before the period, of those that are sorted, and of saved
#: filters, at most one.
OLDER, SORTED, SAVED = "older", "sorted", "saved"


@dataclass(frozen=True)
class Selection:
    """Which tickets a list shows of those that its reader can see, and in which order."""

    tabs: tuple[str, ...]
    tab: str
    scope: str
    any_time: bool
    by_activity: bool
    descending: bool
    #: Primary keys of the statuses, and whether tickets with them are closed.
    statuses: tuple[tuple[int, bool], ...]


class UnfilteredTickets:
    """The tickets of a list, and what's counted around them.

    :param start: when the usual period begins.
    """

    def __init__(self, reader: Member | Reader, selection: Selection, start: datetime) -> None:
        self.reader, self.selection, self.start = reader, selection, start

    @cached_property
    def visible(self) -> Any:
        """Every ticket that the reader can see."""
        return Ticket.objects.visible_to(self.reader)

    def narrowed(self, tickets: Any, tab: str) -> Any:
        """Return the tickets of the scope and of a tab."""
        if self.selection.scope == "mine":
            tickets = tickets.filter(requester_id=self.reader.pk)
        elif self.selection.scope == "followed":
            tickets = tickets.filter(follows(self.reader))
        if tab == "needs-reply":
            return waiting_on(tickets, self.reader)
        if tab == "all":
            return tickets
        # By primary key, because the database can estimate how many tickets have a status.
        wanted = tab == "closed"
        chosen = [pk for pk, is_closed in self.selection.statuses if is_closed == wanted]
        return tickets.filter(status__in=chosen)

    def in_tab(self, tab: str) -> Any:
        """Return the tickets of a tab, of any period."""
        return self.narrowed(self.visible, tab)

    def within_period(self, tickets: Any) -> Any:
        """Return the tickets of the period that is shown."""
        return tickets if self.selection.any_time else tickets.filter(updated_at__gte=self.start)

    @cached_property
    def found(self) -> Any:
        """All tickets of the list, in no order."""
        return self.within_period(self.in_tab(self.selection.tab))

    def page_by_activity(
        self, places: range, cursor: Cursor | None, is_before: bool, related: Iterable[str]
    ) -> Any:
        """Return the tickets of a :class:`.Page` of those sorted by activity, in no order, with
        everything that a row shows."""
        tickets, descending = self.found, self.selection.descending
        if cursor is not None:
            tickets = tickets.filter(cursor.beyond(newer=is_before == descending))
        keys = by_activity(tickets, descending=descending != is_before).values("pk")
        # Django would compare each column that's selected with those that are sorted by.
        return self.shown(keys[places.start : places.stop], related).order_by()

    def shown(self, keys: Any, related: Iterable[str]) -> Any:
        """Return the tickets whose primary keys a query reads, with everything that a row shows."""
        # Only the keys are read in order; then the other tables.
        tickets = self.with_related(Ticket.objects.filter(pk__in=Rows(keys)), related)
        tickets = with_unread(tickets, self.reader).select_related("last_reply__author")
        return with_last_text(tickets)

    def with_related(self, tickets: Any, related: Iterable[str]) -> Any:
        """Return the tickets with everything that columns show, except for the status.

        :param related: the relations that the columns name.
        """
        tickets = tickets.select_related("requester__user", "assignee", *related)
        return with_followed(tickets.defer("answers"), self.reader)

    @property
    def counted_tabs(self) -> list[str]:
        """The tabs whose tickets are counted."""
        # The sum of both.
        without = {"all"} if {"open", "closed"} <= set(self.selection.tabs) else set()
        return [tab for tab in self.selection.tabs if tab not in without]

    @property
    def counted(self) -> list[str]:
        """The names of what's counted."""
        older = [] if self.selection.any_time else [OLDER]
        return [
            *self.counted_tabs,
            *older,
            *([] if self.selection.by_activity else [SORTED]),
            SAVED,
        ]

    def count_query(self, name: str) -> Any:
        """Return a limited query whose rows are counted."""
        if name == SAVED:
            return SavedFilter.objects.visible_to(self.reader).order_by()[:1]
        limit = SORTED_AT_MOST if name == SORTED else COUNT_LIMIT
        # In the order of an index, or PostgreSQL may go through all tickets: it doesn't know that
        # the oldest ones come first in the table.
        return by_activity(self.tickets_counted(name))[: limit + 1]

    def tickets_counted(self, name: str) -> Any:
        """Return the tickets that are counted under a name."""
        if name == SORTED:
            return self.found
        if name == OLDER:
            return self.in_tab(self.selection.tab).filter(updated_at__lt=self.start)
        return self.within_period(self.in_tab(name))

    def choices_query(self, assignees: bool) -> Any:
        """Return the query of the choices of filters and the numbers of tickets."""
        counted = [self.count_query(name) for name in self.counted]
        return choices_query(self.visible, assignees=assignees, counted=counted)


@prepared
def page_by_activity(
    reader: Reader,
    selection: Selection,
    start: datetime,
    places: range,
    cursor: tuple[datetime, int] | None,
    is_before: bool,
    related: frozenset[str],
):
    """Return the tickets of a page, as :meth:`UnfilteredTickets.page_by_activity`."""
    tickets = UnfilteredTickets(reader, selection, start)
    return tickets.page_by_activity(places, cursor and Cursor(*cursor), is_before, related)


@prepared
def page_of_keys(
    reader: Reader,
    selection: Selection,
    start: datetime,
    keys: tuple[int, ...],
    related: frozenset[str],
):
    """Return the tickets with these primary keys, in no order, with everything that a row shows."""
    tickets = UnfilteredTickets(reader, selection, start)
    found = tickets.visible.filter(pk__in=keys).order_by().values("pk")
    return tickets.shown(found, related).order_by()


@prepared
def load_choices(reader: Reader, selection: Selection, start: datetime, assignees: bool):
    """Return the rows of :meth:`UnfilteredTickets.choices_query`."""
    return UnfilteredTickets(reader, selection, start).choices_query(assignees)
