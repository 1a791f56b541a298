"""The list that a member asked for."""

from datetime import timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from wagtail_portal import conf
from wagtail_portal.fields import FormContext
from wagtail_portal.models import (
    DesignatedField,
    Member,
    PortalSettings,
    State,
    Ticket,
    TicketScope,
    with_unread,
)
from wagtail_portal.pages.columns import Column, column, for_tickets
from wagtail_portal.utils.query_params import page_number

from . import choices
from .filters import ACTIVE, filters_for
from .list_query import Address, one_of, value
from .order import Order, sorts
from .rows import Row, make_row

#: A badge beyond this says "99+": nobody counts on, and the database need not either.
COUNT_LIMIT = 99

#: With more columns, the rows can be scrolled sideways.
COLUMNS_THAT_FIT = 5

TABS = {
    "needs-reply": gettext_lazy("Needs your reply"),
    "open": gettext_lazy("Open"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All"),
}

#: For those who see the whole organization's; the first one is what they see unless they choose.
WHOSE = {
    "": pgettext_lazy("whose tickets", "Everyone’s"),
    "mine": pgettext_lazy("whose tickets", "Mine"),
    "followed": pgettext_lazy("whose tickets", "Followed"),
}


def tabs_of(settings: PortalSettings) -> dict:
    """The tabs that the editors show; the one with all tickets is always there."""
    shown = {
        "needs-reply": settings.tab_needs_reply,
        "open": settings.tab_open,
        "closed": settings.tab_closed,
    }
    return {key: label for key, label in TABS.items() if shown.get(key, True)}


class ListSearch(Protocol):
    """What the list needs to know of a search."""

    #: What was searched for; "" for nothing.
    text: str

    def narrow(self, tickets):
        """Those of a queryset in which it is found."""

    def subject(self, ticket: Ticket) -> SafeString:
        """The subject of a ticket, with the words marked."""

    def excerpts(self, tickets: list[Ticket]) -> dict[int, SafeString]:
        """Where it is found in some tickets, by their primary key, with the words marked."""


class TicketList:
    """What a member asked to see of their tickets, from the parameters of the address.

    Unknown parameters and values are ignored.
    """

    def __init__(
        self,
        member: Member,
        settings: PortalSettings,
        params,
        ticket_url,
        search: ListSearch | None = None,
    ):
        self.member, self.settings, self.ticket_url = member, settings, ticket_url
        self.search = search if search and search.text else None
        self.tab = one_of(params, "tab", tabs_of(settings), "all")
        self.sees_everyone = member.role.tickets == TicketScope.ORGANIZATION
        self.whose = one_of(params, "whose", WHOSE) if self.sees_everyone else ""
        self.everything = value(params, "period") == "all"
        members = Member.objects.to_choose(member.organization_id, asker=member)
        context = FormContext(find_members=members.finder())
        self.filters = filters_for(settings, params, context)
        self.order = Order(sorts(self.shown), value(params, "sort"))
        self.page_number = page_number(params)

    # -- What is asked for ----------------------------------------------------------------------

    @cached_property
    def address(self) -> Address:
        """The address of the first page of this list: what a link, a bookmark or a saved filter
        needs to find it again."""
        return Address(
            {
                "tab": ["" if self.tab == "all" else self.tab],
                "whose": [self.whose],
                "q": [self.search.text if self.search else ""],
                **self.filters.params,
                "period": ["all" if self.everything else ""],
                "sort": ["" if self.order.is_default else self.order.asked],
            }
        )

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form with the search and the filters takes along."""
        return self._cleared.pairs

    @property
    def clear_url(self) -> str:
        """The same list without filters and search."""
        return str(self._cleared)

    @property
    def widen_url(self) -> str:
        """The same list of all times."""
        return str(self.address.replace(period="all"))

    @property
    def all_url(self) -> str:
        """The list that one sees at first."""
        return str(Address({}))

    @property
    def first_url(self) -> str:
        """The first page of this list."""
        return str(self.address)

    @property
    def is_narrowed(self) -> bool:
        """Whether there is a search or a filter."""
        return bool(self.search or self.filters.applied)

    @property
    def _cleared(self) -> Address:
        return self.address.without("q", *self.filters.names)

    @cached_property
    def columns(self) -> list[Column]:
        """The designated fields of the list, in the editors' order.

        The requester stands below the subject in every row.
        """
        designated = [row for row in self.settings.designated("in_list") if row.key != "requester"]
        return [column(row, brief=True) for row in designated]

    @cached_property
    def shown(self) -> list[Column]:
        """The columns, and at their end the status when it is not one of them."""
        if any(row.key == "status" for row in self.columns):
            return self.columns
        return [*self.columns, column(DesignatedField(builtin="status"))]

    def columns_for(self, tickets: list[Ticket]) -> list[Column]:
        """What is shown of some tickets, with all that their values speak of."""
        return for_tickets(self.shown, self.settings.designated("in_list"), tickets)

    @property
    def is_wide(self) -> bool:
        """Whether the columns may need more room than there is."""
        return len(self.shown) > COLUMNS_THAT_FIT

    @property
    def headings(self) -> list[dict]:
        """The headings of the columns: each with the state for ``aria-sort`` and the address that
        sorts by it, where it sorts."""
        rows = [
            {"key": "subject", "label": gettext("Ticket")},
            *({"key": column.param, "label": column.label} for column in self.shown),
            {"key": "updated", "label": gettext("Last change")},
        ]
        return [row | self.order.heading(row["key"], self.address) for row in rows]

    # -- Which tickets ----------------------------------------------------------------------------

    @cached_property
    def visible(self):
        """Every ticket that the member may read."""
        return Ticket.objects.visible_to(self.member)

    @property
    def has_dates(self) -> bool:
        """Whether dates were chosen, which take the place of the usual period."""
        return ACTIVE in self.filters.applied

    def _within_period(self, tickets):
        """Those of the months that the settings say, unless more are asked for."""
        if self.everything or self.has_dates:
            return tickets
        since = timezone.now() - timedelta(days=self.settings.months_shown * 365.25 / 12)
        return tickets.filter(updated_at__gte=since)

    def _chosen(self, tab):
        """What a tab shows, of any period."""
        tickets = self.filters.filter_queryset(self.visible)
        if self.whose == "mine":
            tickets = tickets.filter(requester=self.member)
        elif self.whose == "followed":
            tickets = tickets.filter(follower_links__member=self.member)
        if tab == "needs-reply":
            tickets = tickets.filter(status__state=State.WAITING_ON_CUSTOMER)
        elif tab == "open":
            tickets = tickets.open()
        elif tab == "closed":
            tickets = tickets.closed()
        return self.search.narrow(tickets) if self.search else tickets

    @cached_property
    def tickets(self):
        """All tickets of the list in its order, with what a row shows loaded along."""
        tickets = self._within_period(self._chosen(self.tab))
        related = ("status", "requester__user", "assignee", "last_reply__author")
        return self.order.apply(tickets.select_related(*related).defer("answers"))

    @cached_property
    def _found(self) -> list[Ticket]:
        """The tickets of the page, and one more to know whether there is a next page."""
        per_page = conf.TICKETS_PER_PAGE
        start = (self.page_number - 1) * per_page
        page = with_unread(self.tickets, self.member)[start : start + per_page + 1]
        return list(page)

    @cached_property
    def rows(self) -> list[Row]:
        """The tickets of the page."""
        tickets = self._found[: conf.TICKETS_PER_PAGE]
        marked = self.search.excerpts(tickets) if self.search else {}
        columns = self.columns_for(tickets)
        return [
            make_row(
                ticket,
                member=self.member,
                url=self.ticket_url(ticket),
                columns=columns,
                found_in=marked.get(ticket.pk),
                subject=self.search.subject(ticket) if self.search else ticket.subject,
            )
            for ticket in tickets
        ]

    @property
    def has_unread(self) -> bool:
        """Whether there is something new on the page."""
        return any(row.unread for row in self.rows)

    # -- What one can choose ----------------------------------------------------------------------

    @cached_property
    def choices(self) -> choices.Choices:
        """By whom and what one can filter, and how many tickets wait for a reply."""
        waiting = older = None
        if not self.search:
            waiting = self._within_period(self._chosen("needs-reply"))[: COUNT_LIMIT + 1]
        if not self._found and not (self.everything or self.has_dates):
            older = self._chosen(self.tab)
        found = choices.load(
            self.member,
            self.visible,
            assignees="assignee" in self.filters.filters,
            waiting=waiting,
            older=older,
        )
        for name in ("requester", "form", "assignee"):
            if name in self.filters.form.fields:
                self.filters.form.fields[name].choices = getattr(found, name)
        return found

    @cached_property
    def form(self):
        """The form with the filters that there is something to choose in."""
        useless = {"requester": len(self.choices.requester) < 2, "form": not self.choices.form}
        useless["assignee"] = not self.choices.assignee
        useless["requester_name"] = not self.choices.more_requesters
        form = self.filters.form
        for name, is_useless in useless.items():
            if is_useless and name not in self.filters.applied:
                form.fields.pop(name, None)
        return form

    @property
    def tags(self) -> list:
        """What the list is filtered by; each can be taken away."""
        self.choices  # noqa: B018 - the names of people and forms
        return self.filters.tags(self.address)

    @property
    def tabs(self) -> list[dict]:
        """The tabs above the list."""
        waiting = self.choices.waiting
        badge = f"{COUNT_LIMIT}+" if waiting > COUNT_LIMIT else waiting
        return [
            {
                "key": key,
                "label": label,
                "url": str(self.address.replace(tab="" if key == "all" else key)),
                "current": key == self.tab,
                "count": badge if key == "needs-reply" and waiting else None,
            }
            for key, label in tabs_of(self.settings).items()
        ]

    @property
    def whose_options(self) -> list[dict]:
        """Whose tickets one can look at; nothing for those who see their own alone."""
        if not self.sees_everyone:
            return []
        return [
            {
                "key": key,
                "label": label,
                "url": str(self.address.replace(whose=key)),
                "current": key == self.whose,
            }
            for key, label in WHOSE.items()
        ]

    @property
    def period(self) -> dict:
        """The period shown, and the others."""
        months = self.settings.months_shown
        recent = ngettext("Last %(months)d month", "Last %(months)d months", months) % {
            "months": months
        }
        usual = self.address.without(f"{ACTIVE}_from", f"{ACTIVE}_to", "period")
        options = [
            {"label": recent, "url": str(usual)},
            {"label": gettext("All tickets"), "url": str(usual.replace(period="all"))},
        ]
        current = None if self.has_dates else int(self.everything)
        for number, option in enumerate(options):
            option["current"] = number == current
        label = gettext("Chosen dates") if current is None else options[current]["label"]
        return {"label": label, "options": options}

    @property
    def sorting(self) -> list[dict]:
        """Every order."""
        return self.order.options(self.address)

    # -- Pages ------------------------------------------------------------------------------------

    def _page_url(self, number: int) -> str:
        return str(self.address.replace(page=str(number) if number > 1 else ""))

    @property
    def next_url(self) -> str | None:
        """Where the next page is."""
        more = len(self._found) > conf.TICKETS_PER_PAGE
        return self._page_url(self.page_number + 1) if more else None

    @property
    def previous_url(self) -> str | None:
        """Where the page before is."""
        return self._page_url(self.page_number - 1) if self.page_number > 1 else None

    @property
    def empty(self) -> str | None:
        """Why nothing is shown; None if not so."""
        if self._found:
            return None
        if not self.choices.any_ticket:
            return "none"
        if self.page_number > 1:
            return "page"
        if self.choices.has_older:
            return "older"
        return "nothing_matches" if self.is_narrowed else "tab"
