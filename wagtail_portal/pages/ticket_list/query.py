"""The query behind the ticket list."""

from collections.abc import Iterable
from operator import attrgetter
from typing import cast

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from wagtail_portal.columns import Column, get_column, prepare_columns
from wagtail_portal.fields import FormContext
from wagtail_portal.models import Member, PortalSettings, Ticket, member_finder, status_for
from wagtail_portal.pages.list_url import ListURL, one_of, value
from wagtail_portal.permissions import sees_organization
from wagtail_portal.utils.days import months_before, start_of_day

from .cursor import Page
from .filters import ACTIVE, filters_for
from .menus import SCOPES, tab_labels
from .order import SortOrder
from .search import TextSearch
from .unfiltered import Selection, UnfilteredTickets, page_by_activity


class TicketQuery(UnfilteredTickets):
    """The tickets that a member asked for with the parameters of a URL.

    Unknown parameters and values are ignored.
    """

    def __init__(
        self, member: Member, settings: PortalSettings, params, search: TextSearch | None = None
    ):
        self.member, self.settings = member, settings
        self.search = search if search and search.text else None
        self.tab = one_of(params, "tab", tab_labels(settings), "all")
        self.sees_organization = sees_organization(member)
        self.scope = one_of(params, "scope", SCOPES) if self.sees_organization else ""
        self.any_time = value(params, "period") == "all"
        find_members = member_finder(member.organization_id, member)
        context = FormContext(find_members=find_members, statuses=settings.statuses)
        self._columns = [(row, row.column) for row in settings.designations]
        members = Member.objects.filter(organization=member.organization_id)
        self.filters = filters_for(self._designated("as_filter"), params, context, members)
        self.order = SortOrder(self.shown_columns, value(params, "sort"))
        self._tabs: dict = {}
        selection = Selection(
            tabs=tuple(tab_labels(settings)),
            tab=self.tab,
            scope=self.scope,
            # Dates replace the usual period.
            any_time=self.any_time or self.has_dates,
            by_activity=self.order.by_activity,
            descending=self.order.descending,
            statuses=tuple((status.pk, status.is_closed) for status in settings.statuses),
        )
        first = months_before(timezone.localdate(), settings.months_shown)
        super().__init__(member, selection, start_of_day(first))

    @cached_property
    def url(self) -> ListURL:
        """The URL of the first page, for links, bookmarks and saved filters."""
        return ListURL(
            {
                "tab": ["" if self.tab == "all" else self.tab],
                "scope": [self.scope],
                "q": [self.search.text if self.search else ""],
                **self.filters.params,
                "period": ["all" if self.any_time else ""],
                "sort": ["" if self.order.is_default else self.order.selected],
            }
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether there is a search or a filter."""
        return bool(self.search or self.filters.applied)

    @property
    def has_dates(self) -> bool:
        """Whether dates were chosen, which replace the usual period."""
        return ACTIVE in self.filters.applied

    # -- Columns ----------------------------------------------------------------------------------

    def _designated(self, use: str) -> list[Column]:
        """Return the columns that editors chose for a use, in their order."""
        return [column for row, column in self._columns if column and getattr(row, use)]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of the designated fields, in the editors' order.

        The requester is shown below the subject in every row.
        """
        return [column for column in self._designated("in_list") if column.key != "requester"]

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The columns, with the status at the end if it isn't one of them."""
        if any(column.key == "status" for column in self.columns):
            return self.columns
        return [*self.columns, cast(Column, get_column("status"))]

    @cached_property
    def related(self) -> frozenset[str]:
        """The relations that the shown columns need."""
        return frozenset(name for column in self.shown_columns for name in column.related)

    def columns_for(self, tickets: list[Ticket]) -> list[Column]:
        """Return the shown columns, prepared for ``tickets``."""
        return self.prepared(self.shown_columns, tickets)

    def prepared(self, columns: list[Column], tickets: list[Ticket]) -> list[Column]:
        """Return ``columns``, ready to show ``tickets`` to the member."""
        columns = [
            column.copy(status=self.status_for) if column.key == "status" else column
            for column in columns
        ]
        return prepare_columns(columns, tickets)

    def status_for(self, ticket: Ticket) -> dict:
        """Return the status of a ticket as the member sees it."""
        return status_for(ticket, self.member)

    # -- Tickets ----------------------------------------------------------------------------------

    def within_period(self, tickets):
        """Return the tickets of the period that is shown, and the one with the number that was
        searched for."""
        number = self.search.query.number if self.search else None
        if self.selection.any_time or number is None:
            return super().within_period(tickets)
        return tickets.filter(Q(updated_at__gte=self.start) | Q(number=number))

    def in_tab(self, tab: str):
        """Return the tickets of a tab, of any period."""
        # Searching costs a query on PostgreSQL, before the tickets are read.
        if tab not in self._tabs:
            tickets = self.before_search(tab)
            self._tabs[tab] = self.search.narrow(tickets) if self.search else tickets
        return self._tabs[tab]

    def correct_search(self) -> bool:
        """Search for similar words if nothing matches exactly, and return whether that finds other
        tickets. Lists call it when they're empty, so that all others cost no further query."""
        if self.search is None or not self.search.correct(self.before_search(self.tab)):
            return False
        self._tabs.clear()
        for known in ("_first_matches", "found", "tickets"):
            self.__dict__.pop(known, None)
        return True

    def before_search(self, tab: str):
        """Return the tickets of a tab, of any period, whatever is searched for."""
        return self.narrowed(self.filters.narrow(self.visible), tab)

    @cached_property
    def tickets(self):
        """All tickets of the list in its order."""
        return self.order.apply(self.found, first=self._first)

    @property
    def _first(self) -> int | None:
        """The number that was searched for, whose ticket comes first."""
        return self.search.query.number if self.search else None

    @property
    def is_paged_by_cursor(self) -> bool:
        """Whether pages can begin at a :class:`.Cursor`."""
        return self.order.by_activity and self._first is None

    def load_page(self, page: Page) -> list[Ticket]:
        """Return the tickets of a page in order, with everything that a row shows, and one more if
        there's a next page."""
        if self.is_paged_by_cursor:
            key = attrgetter("updated_at", "pk")
            found = self._page_by_activity(page)
            loaded = sorted(found, key=key, reverse=self.order.descending)
        else:
            tickets = self.order.limit(self.found)
            if self._first is not None:
                # It can be older than the tickets that are sorted.
                tickets |= Ticket.objects.filter(
                    pk__in=self.found.filter(number=self._first).order_by().values("pk")
                )
            places = page.without_cursor().places
            keys = self.order.apply(tickets, first=self._first).values("pk")
            shown = self.shown(keys[places.start : places.stop], self.related)
            loaded = list(self.order.apply(shown, first=self._first))
        statuses = {status.pk: status for status in self.settings.statuses}
        for ticket in loaded:
            if ticket.status_id in statuses:
                ticket.status = statuses[ticket.status_id]
        return loaded

    def _page_by_activity(self, page: Page) -> Iterable[Ticket]:
        places, cursor, related = page.places, page.cursor, self.related
        if self.is_narrowed or (cursor is None and page.number > 1):
            return self.page_by_activity(places, cursor, page.is_before, related)
        at = cursor and (cursor.updated_at, cursor.pk)
        own = self.member.reader
        return page_by_activity(
            own, self.selection, self.start, places, at, page.is_before, related
        )
