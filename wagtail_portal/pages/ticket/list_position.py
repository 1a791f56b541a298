"""The list from which a ticket was opened, and the tickets before and after it.

The URL of the list isn't in that of the ticket, which people share. The browser names it when the
ticket is opened, and a cookie keeps it for later requests, for example after a reply.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db.models import Subquery
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from wagtail_portal import conf
from wagtail_portal.models import Member, PortalSettings, Ticket
from wagtail_portal.pages.ticket_list.cursor import AFTER, BEFORE, Cursor, Page
from wagtail_portal.pages.ticket_list.query import TicketQuery
from wagtail_portal.pages.ticket_list.search import TextSearch

COOKIE = "wagtail_portal_lists"
#: How many tickets are remembered, and the length of the longest query string.
MAX_TICKETS, MAX_QUERY = 5, 300


@dataclass
class ListPosition:
    """Where a ticket stands in the list that it was opened from."""

    #: The list, as it was left.
    list_url: str
    path: str
    previous_url: str | None = None
    next_url: str | None = None
    #: What's kept in the browser: number, time and query string of each ticket.
    remembered: list = field(default_factory=list)
    is_changed: bool = False

    def remember(self, response) -> None:
        """Keep in the browser where the ticket was opened from."""
        if self.is_changed:
            response.set_cookie(
                COOKIE,
                signing.dumps(self.remembered[-MAX_TICKETS:], compress=True),
                path=self.path,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )


def position_of(request, page, member: Member, ticket: Ticket) -> ListPosition:
    """Return the position of a ticket. One query at most, and only if it was opened from a list;
    two for other orders than that by time."""
    path = page.get_url(request)
    position = ListPosition(path, path, remembered=_remembered(request))
    kept = {row[0]: row[1:] for row in position.remembered}
    query = _opened_from(request, path, kept)
    if query is not None and len(query) <= MAX_QUERY:
        kept.pop(ticket.number, None)
        kept[ticket.number] = [ticket.updated_at.isoformat(), query]
        position.remembered = [[number, *row] for number, row in kept.items()]
        position.is_changed = True
    if ticket.number in kept:
        at, query = kept[ticket.number]
        before = cast(datetime, parse_datetime(at))
        _find_neighbors(position, request, page, member, ticket, query, before)
    return position


def _remembered(request) -> list:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        return []


def _opened_from(request, path: str, kept: dict) -> str | None:
    """Return the query string of the list from which the page was opened, itself or by way of
    another ticket; None if it was opened from elsewhere."""
    try:
        referer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        # Whatever sends a header like "https://[" isn't a list.
        return None
    if referer.netloc != request.get_host():
        return None
    if referer.path == path:
        return referer.query
    other = re.fullmatch(rf"{re.escape(path)}tickets/(\d{{1,18}})/", referer.path)
    if other and referer.path != request.path and int(other[1]) in kept:
        return kept[int(other[1])][1]
    return None


def _find_neighbors(position, request, page, member, ticket, query: str, at: datetime) -> None:
    params, portal = QueryDict(query), PortalSettings.current(request)
    search = TextSearch(member, params.get("q", ""), portal)
    tickets = TicketQuery(member, portal, params, search)
    shown = Page.of(params)
    url = tickets.url.replace(page=str(shown.number) if shown.number > 1 else "")
    if shown.cursor:
        url = url.replace(**{BEFORE if shown.is_before else AFTER: str(shown.cursor)})
    position.list_url = f"{position.path}{url if url.query else ''}"
    if tickets.order.by_activity:
        found = _by_time(tickets, Cursor(at, ticket.pk))
    else:
        found = _by_page(tickets, ticket, shown.number)
    urls = [other and page.portal_url(request, "portal_ticket", other) for other in found]
    position.previous_url, position.next_url = urls


def _by_time(tickets: TicketQuery, place: Cursor) -> tuple:
    """Return the numbers of the tickets before and after the place that the ticket had when it was
    opened, so that a reply, which moves it, doesn't change them."""
    others = tickets.found.exclude(pk=place.pk)
    newer = others.filter(place.beyond(newer=True)).order_by("updated_at", "pk")
    older = others.filter(place.beyond(newer=False)).order_by("-updated_at", "-pk")
    both = [Subquery(found.values("number")[:1]) for found in (newer, older)]
    numbers = Ticket.objects.filter(pk=place.pk).values_list(*both).get()
    return numbers if tickets.order.is_default else numbers[::-1]


def _by_page(tickets: TicketQuery, ticket: Ticket, page: int) -> tuple:
    """Return the numbers of the tickets before and after the ticket on the page of the list."""
    start = (page - 1) * conf.TICKETS_PER_PAGE
    wanted = slice(max(start - 1, 0), start + conf.TICKETS_PER_PAGE + 1)
    shown = tickets.order.apply(tickets.order.limit(tickets.found))
    numbers = [None, *shown.values_list("number", flat=True)[wanted], None]
    if ticket.number not in numbers:
        return None, None
    place = numbers.index(ticket.number)
    return numbers[place - 1], numbers[place + 1]
