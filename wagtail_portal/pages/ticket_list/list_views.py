"""The address of the ticket list."""

from django.shortcuts import redirect, render
from wagtail.contrib.routable_page.models import path

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import members_only

from . import TicketList
from .export import KINDS
from .list_search import TextSearch, found_words
from .saved_filters import SavedFilters


class ListRoutesMixin:
    """The list of tickets; a part of the portal's main page, whose own address it has."""

    @path("", name="portal_tickets")
    @members_only
    def ticket_list(self, request, member):
        """The tickets of the member."""
        settings = PortalSettings.current(request)
        tickets = self.find_tickets(request, member)
        search = tickets.search
        # The script that searches while one types only wants to know what is found.
        if search and "X-Requested-With" not in request.headers and search.number is not None:
            return redirect(self.portal_url(request, "portal_ticket", search.number))
        context = {
            "page": self,
            "content": self.content_for(member),
            "list": tickets,
            "tabs": tickets.tabs,
            "rows": tickets.rows,
            "columns": tickets.columns,
            "period": tickets.period,
            "next_url": tickets.next_url,
            "previous_url": tickets.previous_url,
            "empty": tickets.empty,
            "welcome_text": settings.localized("welcome_text"),
            "can_open": member.role.can_edit_tickets,
            "found": found_words(tickets) if search else "",
            "saved": SavedFilters(
                member, self.get_url(request), tickets, request.META.get("QUERY_STRING", "")
            ),
            "filters_url": self.portal_url(request, "portal_filters"),
            "exports": [
                {
                    "label": label,
                    "url": f"{self.portal_url(request, 'portal_export', kind)}{tickets.address}",
                }
                for kind, label in KINDS.items()
            ],
            "export_limit": conf.EXPORT_MAX_TICKETS,
            "read_all_url": self.portal_url(request, "portal_read_all"),
        }
        return render(request, "wagtail_portal/ticket_list/list.html", context)

    def find_tickets(self, request, member, params=None) -> TicketList:
        """The list that the address of ``request`` asks for, or other parameters."""
        params = request.GET if params is None else params
        return TicketList(
            member,
            PortalSettings.current(request),
            params,
            lambda ticket: self.portal_url(request, "portal_ticket", ticket.number),
            search=TextSearch(member, params.get("q", "")),
        )
