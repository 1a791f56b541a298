"""One page of the ticket list."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.formats import localize, number_format
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings, Ticket, last_excerpt
from wagtail_portal.pages.list_url import ListURL

from . import live
from .choices import Choices, read_choices
from .cursor import AFTER, BEFORE, Cursor, Page
from .menus import COUNT_LIMIT, at_most, tab_labels
from .order import SORTED_AT_MOST, by_activity
from .query import TicketQuery
from .search import TextSearch
from .unfiltered import OLDER, SAVED, SORTED, load_choices, page_of_keys

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
    #: Whether that's someone else than the requester.
    names_author: bool
    #: The number of other people's replies that the member hasn't read.
    unread: int
    #: When something last changed that customers can see.
    updated_at: datetime

    @property
    def unread_label(self) -> str:
        """The number of unread replies in words."""
        return _unread_label(self.unread, get_language())


@lru_cache(maxsize=500)
def _unread_label(number: int, language: str | None) -> str:
    # Most rows with unread replies have one or two.
    return ngettext("%(number)s new", "%(number)s new", number) % {"number": localize(number)}


class TicketList(TicketQuery):
    """A page of the tickets that a query finds, and what is shown around them."""

    def __init__(self, member, settings, params, ticket_url, search=None):
        """
        :param ticket_url: a function that takes a ticket and returns its URL.
        """
        super().__init__(member, settings, params, search)
        self.ticket_url, self.page = ticket_url, Page.of(params)

    # -- Rows -------------------------------------------------------------------------------------

    @property
    def page_number(self) -> int:
        """The number of the page, which starts at 1."""
        return self.page.number

    @cached_property
    def _loaded(self) -> list[Ticket]:
        """The tickets of the page, and one more if there is a next page."""
        found = self.load_page(self.page)
        if self.page.is_before and len(found) < conf.TICKETS_PER_PAGE:
            # So far up, only the first page is left.
            self.page = Page(1)
            found = self.load_page(self.page)
        if not found and self.correct_search():
            found = self.load_page(self.page)
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """The tickets of the page."""
        tickets = self._loaded[: conf.TICKETS_PER_PAGE]
        excerpts = self.search.excerpts(tickets) if self.search else {}
        columns, you = self.columns_for(tickets), gettext("You")
        return [self._row(ticket, columns, excerpts.get(ticket.pk), you) for ticket in tickets]

    def _row(self, ticket, columns, match, you) -> Row:
        last, author = ticket.last_reply, ""
        if match is None and last is not None:
            author = you if last.author_id == self.member.user_id else last.author_name
        is_own = ticket.requester_id == self.member.pk
        requester_name = ticket.requester.name
        return Row(
            ticket=ticket,
            url=self.ticket_url(ticket),
            subject=self.search.subject(ticket) if self.search else ticket.subject,
            cells=[
                {"key": column.key, "label": column.label, "html": column.list_html(ticket)}
                for column in columns
            ],
            requester_name=requester_name,
            is_own=is_own,
            excerpt=match or (last_excerpt(ticket) if last else ""),
            excerpt_author=author,
            names_author=author not in ("", requester_name, you if is_own else ""),
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
        if not self.choices.newest:
            return "none"
        if self.page_number > 1:
            return "page"
        if self.older:
            return "older"
        return "nothing_matches" if self.is_narrowed else "tab"

    @property
    def newest(self) -> datetime | None:
        """When a ticket of the member last changed, exactly."""
        return self.choices.newest and self.choices.newest[2]

    @property
    def version(self) -> str:
        """What an open page knows of the tickets, for :mod:`.live`."""
        return live.version(*(self.choices.newest or ())[:2])

    @property
    def total(self) -> int:
        """The number of tickets on all pages, up to one more than the limit of counts."""
        return self.choices.counts.get(self.tab, 0)

    @property
    def older(self) -> str | int:
        """The number of tickets of the tab that the usual period hides, for display."""
        return at_most(self.older_count)

    @property
    def older_count(self) -> int:
        """The same number, for its plural."""
        return self.choices.counts.get(OLDER, 0)

    @property
    def sort_limit(self) -> str:
        """How many tickets are shown in the selected order, if there are more; else ""."""
        is_limited = self.choices.counts.get(SORTED, 0) > SORTED_AT_MOST
        return number_format(SORTED_AT_MOST, force_grouping=True) if is_limited else ""

    @property
    def tab_label(self) -> str:
        """The label of the tab that's shown."""
        return str(tab_labels(self.settings)[self.tab])

    @property
    def range(self) -> str:
        """Which tickets the page shows, like "26–33 of 33"; "" for an empty page."""
        start = (self.page_number - 1) * conf.TICKETS_PER_PAGE
        numbers = {"first": start + 1, "last": start + len(self.rows), "total": self.total}
        if not self.rows:
            return ""
        if self.total <= COUNT_LIMIT:
            return gettext("%(first)d–%(last)d of %(total)d") % numbers
        if numbers["last"] > COUNT_LIMIT:
            return gettext("%(first)d–%(last)d") % numbers
        numbers["total"] = COUNT_LIMIT
        return gettext("%(first)d–%(last)d of more than %(total)d") % numbers

    # -- Filters ----------------------------------------------------------------------------------

    @cached_property
    def choices(self) -> Choices:
        """The choices of the filters, and the numbers of tickets."""
        self._loaded  # noqa: B018 - corrects the search
        assignees, counted = "assignee" in self.filters.filters, self.counted
        if self.is_narrowed:
            newest = list(self.choices_query(assignees))
        else:
            newest = load_choices(self.member.reader, self.selection, self.start, assignees)
        choices = read_choices(self.member, newest, assignees=assignees, counted=counted)
        numbers = choices.counts
        if "all" not in numbers and {"open", "closed"} <= numbers.keys():
            numbers["all"] = min(numbers["open"] + numbers["closed"], COUNT_LIMIT + 1)
        for name in ("requester", "form", "assignee"):
            if name in self.filters.form.fields:
                self.filters.form.fields[name].choices = getattr(choices, name)
        return choices

    @cached_property
    def _first_matches(self) -> list[int]:
        """The primary keys of what a search finds in all tabs: those that changed last, up to one
        more than the limit of counts. They're looked for once."""
        if not self.search:
            return []
        matching = by_activity(self.within_period(self.in_tab("all")))
        return list(matching.values_list("pk", flat=True)[: COUNT_LIMIT + 1])

    @property
    def _few_matches(self) -> list[int]:
        """The primary keys of everything that a search finds; empty if that's too many."""
        return self._first_matches if len(self._first_matches) <= COUNT_LIMIT else []

    @cached_property
    def found(self):
        """All tickets of the list, in no order."""
        if self._few_matches:
            return self.before_search(self.tab).filter(pk__in=self._few_matches)
        return super().found

    def _page_by_activity(self, page):
        places, first = page.places, self._first_matches
        if self.search and not first:
            return []
        is_first = self.tab == "all" and self.order.descending and page.cursor is None
        if is_first and places.stop <= len(first):
            keys = tuple(first[places.start : places.stop])
            own = self.member.reader
            return page_of_keys(own, self.selection, self.start, keys, self.related)
        return super()._page_by_activity(page)

    @property
    def counted_tabs(self):
        """The tabs whose tickets are counted. In a search with many matches, that's only the
        current one: to find those of a common word in every tab isn't cheap enough."""
        return [self.tab] if self.search and not self._few_matches else super().counted_tabs

    def tickets_counted(self, name):
        """Return the tickets that are counted under a name."""
        if self._first_matches and (
            name == "all" or self._few_matches and name in self.selection.tabs
        ):
            # The words have been looked for already.
            return self.before_search(name).filter(pk__in=self._first_matches)
        return super().tickets_counted(name)

    @property
    def may_have_saved_filters(self) -> bool:
        """Whether the member can use saved filters, as far as that's known without a query."""
        # Nothing is counted for a member without tickets.
        return self.choices.newest is None or self.choices.counts[SAVED] > 0

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
        has_next = self.page.is_before or len(self._loaded) > conf.TICKETS_PER_PAGE
        return self._page_url(self.page_number + 1, AFTER, self.rows[-1]) if has_next else None

    @property
    def previous_url(self) -> str | None:
        """The previous page."""
        first = next(iter(self.rows), None)
        return self._page_url(self.page_number - 1, BEFORE, first) if self.page_number > 1 else None

    def _page_url(self, number: int, name: str, row: Row | None) -> str:
        """Return the URL of the page before or after ``row``."""
        url = self.url.replace(page=str(number) if number > 1 else "")
        if row is not None and number > 1 and self.is_paged_by_cursor:
            url = url.replace(**{name: str(Cursor.of(row.ticket))})
        return str(url)


def requested_list(request, page, member, params=None) -> TicketList:
    """Return the list that ``params`` ask for, by default those in the URL of the request."""
    params = request.GET if params is None else params
    settings = PortalSettings.current(request)
    # Reversed once for all rows.
    before, zero, after = page.portal_url(request, "portal_ticket", 0).rpartition("0")
    return TicketList(
        member,
        settings,
        params,
        lambda ticket: f"{before}{ticket.number}{after}" if zero else "",
        search=TextSearch(member, params.get("q", ""), settings),
    )
