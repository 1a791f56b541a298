"""The list that an agent works through: where a ticket was opened from, and what comes next."""

import copy
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.formats import number_format

from wagtail_portal.models import Ticket
from wagtail_portal.utils.query_params import pk_in

from . import tabs
from .urls import desk_url

#: The parameter of a ticket's URL with the list, as a saved view stores it.
PARAMETER = "queue"
#: The parameter with the ticket that came next before this one left the list.
NEXT = "next_ticket"
#: Tickets of a list that count; beyond that, the position says "of 500+".
LIMIT = 500


def listed_tickets(request, tab: str):
    """Return the tickets of a tab on all pages of the inbox, with its search, filters and order."""
    shown = cast(Any, Ticket).snippet_viewset.index_view
    view = shown.view_class(**shown.view_initkwargs)
    view.setup(request, tab=tab)
    # As exports do, it finds similar words before it's known whether a page is empty.
    view.is_export = True
    return view.get_queryset()


class Queue:
    """The tickets of a list, in its order, and the place of one of them.

    :param query: the tab, filters, search and order, like ``tab=mine&q=export``.
    :param ticket_pk: the ticket that's open.
    :param expected: the ticket that came next when this one was still in the list.
    """

    def __init__(self, request, query: str, ticket_pk: int, expected: int | None = None):
        self.request, self.query = request, query
        self.ticket_pk, self.expected = ticket_pk, expected

    @classmethod
    def of(cls, request, ticket_pk: int) -> "Queue | None":
        """Return the list that the ticket was opened from; None if it was opened directly."""
        query = request.GET.get(PARAMETER, "")
        return cls(request, query, ticket_pk, pk_in(request.GET, NEXT)) if query else None

    @cached_property
    def params(self) -> QueryDict:
        """The parameters of the list, without its tab."""
        params = QueryDict(self.query, mutable=True)
        self.tab = (params.pop("tab", None) or [tabs.ALL])[-1]
        if self.tab not in tabs.TABS:
            self.tab = tabs.ALL
        return params

    @cached_property
    def keys(self) -> list[int]:
        """Primary keys of the tickets in the list, at most one more than :data:`LIMIT`."""
        request = copy.copy(self.request)
        request.GET, request.method = self.params, "GET"
        found = listed_tickets(request, self.tab)
        return list(found.values_list("pk", flat=True)[: LIMIT + 1])

    @cached_property
    def place(self) -> int | None:
        """The index of the ticket in the list; None if it has left the list."""
        return self.keys.index(self.ticket_pk) if self.ticket_pk in self.keys else None

    @cached_property
    def next_pk(self) -> int | None:
        """The next ticket; None at the end of the list."""
        if self.place is not None:
            return next(iter(self.keys[self.place + 1 :]), None)
        return self.expected if self.expected in self.keys else next(iter(self.keys), None)

    @property
    def previous_pk(self) -> int | None:
        """The previous ticket; None at the beginning of the list."""
        place = self.place
        if place is None and self.expected in self.keys:
            place = self.keys.index(self.expected)
        return self.keys[place - 1] if place else None

    @property
    def position(self) -> int | None:
        """The ticket's place in the list, from 1; None if it has left the list."""
        return None if self.place is None else self.place + 1

    @property
    def total(self) -> str:
        """The number of tickets in the list, formatted."""
        formatted = number_format(min(len(self.keys), LIMIT), force_grouping=True)
        return f"{formatted}+" if len(self.keys) > LIMIT else formatted

    @property
    def next_url(self) -> str | None:
        """The URL of the next ticket."""
        return self._ticket_url(self.next_pk)

    @property
    def previous_url(self) -> str | None:
        """The URL of the previous ticket."""
        return self._ticket_url(self.previous_pk)

    def _ticket_url(self, pk: int | None) -> str | None:
        return f"{desk_url('edit', pk)}?{urlencode({PARAMETER: self.query})}" if pk else None

    @property
    def suffix(self) -> str:
        """What the URLs of this ticket's forms end with, so that the list isn't lost."""
        params = {PARAMETER: self.query}
        if self.next_pk:
            params[NEXT] = str(self.next_pk)
        return f"?{urlencode(params)}"

    def list_url(self, page_size: int = 25) -> str:
        """Return the URL of the list, on the page and at the row of the ticket."""
        params = self.params.copy()
        if self.place:
            params["p"] = str(self.place // page_size + 1)
        query = f"?{params.urlencode()}" if params else ""
        return f"{tabs.tab_url(self.tab)}{query}#ticket-{self.ticket_pk}"
