"""The tickets of a customer, in the list of the inbox."""

import copy
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.forms import Media
from django.http import QueryDict
from wagtail.admin.ui.tables import Table

from wagtail_portal.columns import get_column
from wagtail_portal.desk.tickets import tabs
from wagtail_portal.models import Status, Ticket
from wagtail_portal.permissions import Verb, tickets_for_team

#: The columns of the inbox that are shown, beside the ticket and its last change.
COLUMNS = ("requester", "status")
#: Rows on the page of a customer. The inbox shows the others.
SHOWN = 10


@dataclass(frozen=True)
class TicketList:
    """The most recently changed tickets of a customer, as the inbox shows them."""

    table: Table
    #: The URL and the number of tickets of each tab of the inbox that has some.
    tabs: list[dict]
    media: Media
    is_empty: bool


def ticket_list(request, parameter: str, pk: int) -> TicketList | None:
    """Return the tickets of an organization or a requester; None for agents who see no tickets.

    :param parameter: the filter of the inbox: ``"organization"`` or ``"requester"``.
    """
    user = request.user
    if not user.has_perm(Verb.VIEW):
        return None
    filters = urlencode({parameter: pk})
    view = _inbox(request, filters)
    view.registered_columns = [
        column
        for column in view.registered_columns
        if column.column.key in COLUMNS and column.column.key != parameter
    ]
    for column in view.registered_columns:
        if column.column.key == "requester":
            # Without the organization, which this page is about.
            column.column = get_column("requester")
    tickets = tickets_for_team(user).filter(**{parameter: pk})
    counts = tabs.count_tabs(tickets, user, Status.cached())
    shown = [
        {"label": tab.label, "url": f"{tabs.tab_url(tab.key)}?{filters}", "count": counts[tab.key]}
        for tab in tabs.TABS.values()
        if counts[tab.key] != "0"
    ]
    context = view.get_context_data(object_list=view.get_queryset())
    for column in context["table"].columns.values():
        # A link for another order would lead to the tickets of all customers.
        column.sort_key = None
    return TicketList(context["table"], shown, context["media"], not context["object_list"])


def _inbox(request, filters: str):
    """Return the view of the inbox, ready to show the tickets that the filters find."""
    request = copy.copy(request)
    request.GET, request.method = QueryDict(filters), "GET"
    shown = cast(Any, Ticket).snippet_viewset.index_results_view
    view = shown.view_class(**{**shown.view_initkwargs, "paginate_by": SHOWN})
    view.setup(request, tab=tabs.ALL)
    view.is_export = False
    # Changing several tickets at once takes the footer of the inbox.
    view.bulk_actions = []
    return view
