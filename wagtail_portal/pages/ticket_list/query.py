"""The query behind the ticket list."""

from django.utils import timezone
from django.utils.functional import cached_property

from wagtail_portal.columns import Column, get_column, prepare_columns
from wagtail_portal.fields import FormContext
from wagtail_portal.models import Member, PortalSettings, State, Ticket
from wagtail_portal.permissions import sees_organization
from wagtail_portal.utils.days import months_before, start_of_day

from .filters import ACTIVE, filters_for
from .list_url import ListURL, one_of, value
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
        members = Member.objects.to_choose(member.organization_id, asker=member)
        context = FormContext(find_members=members.finder())
        self.filters = filters_for(settings, params, context)
        self.order = SortOrder(self.shown_columns, value(params, "sort"))

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
        return [row.column for row in designated if row.key != "requester"]

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The columns, with the status at the end if it isn't one of them."""
        if any(column.key == "status" for column in self.columns):
            return self.columns
        return [*self.columns, get_column("status")]

    def columns_for(self, tickets: list[Ticket]) -> list[Column]:
        """Return the shown columns, prepared for ``tickets``."""
        return prepare_columns(self.shown_columns, tickets)

    # -- Tickets ----------------------------------------------------------------------------------

    @cached_property
    def visible(self):
        """Every ticket that the member can see."""
        return Ticket.objects.visible_to(self.member)

    def within_period(self, tickets):
        """Return the tickets of the period that is shown."""
        if self.any_time or self.has_dates:
            return tickets
        first = months_before(timezone.localdate(), self.settings.months_shown)
        return tickets.filter(updated_at__gte=start_of_day(first))

    def in_tab(self, tab: str):
        """Return the tickets of a tab, of any period."""
        tickets = self._before_search(tab)
        return self.search.narrow(tickets) if self.search else tickets

    def correct_search(self) -> bool:
        """Search for similar words if nothing matches exactly, and return whether that finds other
        tickets. Lists call it when they're empty, so that all others cost no further query."""
        if self.search is None or not self.search.correct(self._before_search(self.tab)):
            return False
        del self.tickets
        return True

    def _before_search(self, tab):
        tickets = self.filters.filter_queryset(self.visible)
        if self.scope == "mine":
            tickets = tickets.filter(requester=self.member)
        elif self.scope == "followed":
            tickets = tickets.filter(follower_links__member=self.member)
        if tab == "needs-reply":
            tickets = tickets.filter(status__state=State.WAITING_ON_CUSTOMER)
        elif tab == "open":
            tickets = tickets.open()
        elif tab == "closed":
            tickets = tickets.closed()
        return tickets

    @cached_property
    def tickets(self):
        """All tickets of the list in its order, with everything that a row shows."""
        tickets = self.within_period(self.in_tab(self.tab))
        tickets = self.with_related(tickets).select_related("last_reply__author")
        return self.order.apply(tickets.defer("last_reply__rendered"))

    def with_related(self, tickets):
        """Return the queryset ``tickets`` with everything that the columns show."""
        related = {name for column in self.shown_columns for name in column.related}
        tickets = tickets.select_related("status", "requester__user", "assignee", *related)
        return tickets.defer("answers")
