"""The query behind the ticket list."""

from operator import attrgetter
from typing import cast

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from wagtail_portal.columns import Column, get_column, prepare_columns
from wagtail_portal.fields import FormContext
from wagtail_portal.models import (
    Member,
    PortalSettings,
    Ticket,
    follows,
    member_finder,
    status_for,
    waiting_on,
    with_followed,
    with_last_text,
    with_unread,
)
from wagtail_portal.pages.list_url import ListURL, one_of, value
from wagtail_portal.permissions import sees_organization
from wagtail_portal.utils.days import months_before, start_of_day
from wagtail_portal.utils.expressions import Rows

from .cursor import Page
from .filters import ACTIVE, filters_for
from .menus import SCOPES, tab_labels
from .order import SortOrder
from .search import TextSearch


class TicketQuery:
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
        self.filters = filters_for(settings, params, context)
        self.order = SortOrder(self.shown_columns, value(params, "sort"))
        self._tabs: dict = {}

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

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of the designated fields, in the editors' order.

        The requester is shown below the subject in every row.
        """
        designated = self.settings.designated("in_list")
        return [row.column for row in designated if row.column and row.key != "requester"]

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The columns, with the status at the end if it isn't one of them."""
        if any(column.key == "status" for column in self.columns):
            return self.columns
        return [*self.columns, cast(Column, get_column("status"))]

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

    @cached_property
    def visible(self):
        """Every ticket that the member can see."""
        return Ticket.objects.visible_to(self.member)

    def within_period(self, tickets):
        """Return the tickets of the period that is shown, and the one with the number that was
        searched for."""
        if self.any_time or self.has_dates:
            return tickets
        recent = Q(updated_at__gte=self._period_start)
        if self.search and (number := self.search.query.number) is not None:
            recent |= Q(number=number)
        return tickets.filter(recent)

    def before_period(self, tickets):
        """Return those of ``tickets`` that the usual period hides; None if another one is shown."""
        if self.any_time or self.has_dates:
            return None
        return tickets.filter(updated_at__lt=self._period_start)

    @cached_property
    def _period_start(self):
        first = months_before(timezone.localdate(), self.settings.months_shown)
        return start_of_day(first)

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
        del self.found
        self.__dict__.pop("tickets", None)
        return True

    def before_search(self, tab: str):
        """Return the tickets of a tab, of any period, whatever is searched for."""
        tickets = self.filters.filter_queryset(self.visible)
        if self.scope == "mine":
            tickets = tickets.filter(requester=self.member)
        elif self.scope == "followed":
            tickets = tickets.filter(follows(self.member))
        if tab == "needs-reply":
            tickets = waiting_on(tickets, self.member)
        elif tab in ("open", "closed"):
            # By primary key, because the database can estimate how many tickets have a status.
            is_closed = tab == "closed"
            chosen = [row.pk for row in self.settings.statuses if row.is_closed == is_closed]
            tickets = tickets.filter(status__in=chosen)
        return tickets

    @cached_property
    def found(self):
        """All tickets of the list, in no order."""
        return self.within_period(self.in_tab(self.tab))

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
        tickets, backwards = self.found, False
        if not self.is_paged_by_cursor:
            page = page.without_cursor()
            recent = self.order.limit(tickets)
            if self._first is not None:
                # It can be older than the tickets that are sorted.
                recent |= Ticket.objects.filter(
                    pk__in=tickets.filter(number=self._first).order_by().values("pk")
                )
            tickets = recent
        elif page.cursor is not None:
            newer = page.is_before == (self.order.is_default)
            tickets, backwards = tickets.filter(page.cursor.beyond(newer=newer)), page.is_before
        tickets = self.order.apply(tickets, first=self._first)
        if backwards:
            tickets = tickets.reverse()
        # Only their primary keys are read in order; then the other tables.
        keys = Rows(tickets.values("pk")[page.rows])
        shown = self.with_related(Ticket.objects.filter(pk__in=keys))
        shown = with_unread(shown, self.member).select_related("last_reply__author")
        shown = with_last_text(shown)
        if self.is_paged_by_cursor:
            # Django would compare each column that's selected with those that are sorted by.
            key = attrgetter("updated_at", "pk")
            loaded = sorted(shown.order_by(), key=key, reverse=self.order.descending)
        else:
            loaded = list(self.order.apply(shown, first=self._first))
        statuses = {status.pk: status for status in self.settings.statuses}
        for ticket in loaded:
            if ticket.status_id in statuses:
                ticket.status = statuses[ticket.status_id]
        return loaded

    def with_related(self, tickets):
        """Return the queryset ``tickets`` with everything that the columns show, except for the
        status."""
        related = {name for column in self.shown_columns for name in column.related}
        tickets = tickets.select_related("requester__user", "assignee", *related)
        return with_followed(tickets.defer("answers"), self.member)
