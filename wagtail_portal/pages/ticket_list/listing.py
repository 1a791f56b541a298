"""One page of the ticket list."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings, Ticket, with_unread
from wagtail_portal.utils import markup
from wagtail_portal.utils.query_params import page_number

from .choices import Choices, load_choices
from .list_url import ListURL
from .menus import COUNT_LIMIT
from .query import TicketQuery
from .search import TextSearch

#: With more columns, the rows can be scrolled sideways.
COLUMNS_THAT_FIT = 5


@dataclass
class Row:
    """One ticket in the list."""

    ticket: Ticket
    url: str
    #: Safe when it is HTML.
    subject: str | SafeString
    #: Each with ``key``, ``label`` and ``html``, which is empty when there is no value.
    cells: list[dict]
    requester_name: str
    is_own: bool
    #: The last reply, or what a search found; safe when it is HTML.
    excerpt: str | SafeString
    excerpt_author: str
    #: The number of other people's replies that the member hasn't read.
    unread: int
    #: When something last changed that customers can see.
    updated_at: datetime


class TicketList(TicketQuery):
    """A page of the tickets that a query finds, and what is shown around them."""

    def __init__(self, member, settings, params, ticket_url, search=None):
        """
        :param ticket_url: a function that takes a ticket and returns its URL.
        """
        super().__init__(member, settings, params, search)
        self.ticket_url, self.page_number = ticket_url, page_number(params)

    # -- Rows -------------------------------------------------------------------------------------

    @cached_property
    def _loaded(self) -> list[Ticket]:
        """The tickets of the page, and one more if there is a next page."""
        per_page = conf.TICKETS_PER_PAGE
        start = (self.page_number - 1) * per_page
        wanted = slice(start, start + per_page + 1)
        found = list(with_unread(self.tickets, self.member)[wanted])
        if not found and self.correct_search():
            found = list(with_unread(self.tickets, self.member)[wanted])
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """The tickets of the page."""
        tickets = self._loaded[: conf.TICKETS_PER_PAGE]
        excerpts = self.search.excerpts(tickets) if self.search else {}
        columns = self.columns_for(tickets)
        return [self._row(ticket, columns, excerpts.get(ticket.pk)) for ticket in tickets]

    def _row(self, ticket, columns, match) -> Row:
        last, author = ticket.last_reply, ""
        if match is None and last is not None:
            author = gettext("You") if last.author_id == self.member.user_id else last.author_name
        return Row(
            ticket=ticket,
            url=self.ticket_url(ticket),
            subject=self.search.subject(ticket) if self.search else ticket.subject,
            cells=[
                {"key": column.key, "label": column.label, "html": column.list_html(ticket)}
                for column in columns
            ],
            requester_name=ticket.requester.name,
            is_own=ticket.requester_id == self.member.pk,
            excerpt=match or (markup.excerpt(last.body) if last else ""),
            excerpt_author=author,
            unread=ticket.unread,
            updated_at=ticket.updated_at,
        )

    @property
    def has_unread(self) -> bool:
        """Whether a ticket of the page has unread replies."""
        return any(row.unread for row in self.rows)

    @property
    def is_wide(self) -> bool:
        """Whether the columns may need more room than there is."""
        return len(self.shown_columns) > COLUMNS_THAT_FIT

    @property
    def empty(self) -> str | None:
        """Why the page is empty; None if it isn't."""
        if self._loaded:
            return None
        if not self.choices.any_ticket:
            return "none"
        if self.page_number > 1:
            return "page"
        if self.choices.has_older:
            return "older"
        return "nothing_matches" if self.is_narrowed else "tab"

    # -- Filters ----------------------------------------------------------------------------------

    @cached_property
    def choices(self) -> Choices:
        """The choices of the filters, and the number of tickets that wait for a reply."""
        waiting = older = None
        if not self.search:
            waiting = self.within_period(self.in_tab("needs-reply"))[: COUNT_LIMIT + 1]
        if not self._loaded and not (self.any_time or self.has_dates):
            older = self.in_tab(self.tab)
        choices = load_choices(
            self.member,
            self.visible,
            assignees="assignee" in self.filters.filters,
            waiting=waiting,
            older=older,
        )
        for name in ("requester", "form", "assignee"):
            if name in self.filters.form.fields:
                self.filters.form.fields[name].choices = getattr(choices, name)
        return choices

    @cached_property
    def form(self):
        """The form of the filters, without those that have nothing to choose from."""
        useless = {
            "requester": len(self.choices.requester) < 2,
            "form": not self.choices.form,
            "assignee": not self.choices.assignee,
            "requester_name": not self.choices.more_requesters,
        }
        form = self.filters.form
        for name, is_useless in useless.items():
            if is_useless and name not in self.filters.applied:
                form.fields.pop(name, None)
        return form

    @property
    def active_filters(self) -> list:
        """The values that the list is filtered by, each with the URL without it."""
        self.choices  # noqa: B018 - loads the names of people and forms
        return self.filters.active_filters(self.url)

    # -- URLs -------------------------------------------------------------------------------------

    @property
    def _without_filters(self) -> ListURL:
        return self.url.without("q", *self.filters.names)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The parameters that the form of search and filters keeps."""
        return self._without_filters.pairs

    @property
    def clear_url(self) -> str:
        """The same list without search and filters."""
        return str(self._without_filters)

    @property
    def any_time_url(self) -> str:
        """The same list of all times."""
        return str(self.url.replace(period="all"))

    @property
    def next_url(self) -> str | None:
        """The next page."""
        has_next = len(self._loaded) > conf.TICKETS_PER_PAGE
        return self._page_url(self.page_number + 1) if has_next else None

    @property
    def previous_url(self) -> str | None:
        """The previous page."""
        return self._page_url(self.page_number - 1) if self.page_number > 1 else None

    def _page_url(self, number: int) -> str:
        return str(self.url.replace(page=str(number) if number > 1 else ""))


def requested_list(request, page, member, params=None) -> TicketList:
    """Return the list that ``params`` ask for, by default those in the URL of the request."""
    params = request.GET if params is None else params
    settings = PortalSettings.current(request)
    return TicketList(
        member,
        settings,
        params,
        lambda ticket: page.portal_url(request, "portal_ticket", ticket.number),
        search=TextSearch(member, params.get("q", ""), settings),
    )
