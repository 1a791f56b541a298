"""The address of the ticket list."""

from django.shortcuts import redirect, render

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import members_only
from wagtail_portal.permissions import Actor, Verb

from .export import KINDS
from .list_search import found_words
from .requested_list import requested_list
from .saved_filters import SavedFilters


@members_only
def ticket_list(request, page, member):
    """The tickets of the member."""
    settings = PortalSettings.current(request)
    tickets = requested_list(request, page, member)
    search = tickets.search
    # The script that searches while one types only wants to know what is found.
    if search and "X-Requested-With" not in request.headers and search.number is not None:
        return redirect(page.portal_url(request, "portal_ticket", search.number))
    context = {
        "page": page,
        "content": page.content_for(member),
        "list": tickets,
        "tabs": tickets.tabs,
        "rows": tickets.rows,
        "columns": tickets.columns,
        "period": tickets.period,
        "next_url": tickets.next_url,
        "previous_url": tickets.previous_url,
        "empty": tickets.empty,
        "welcome_text": settings.localized("welcome_text"),
        "can_open": Actor.for_member(member).may(Verb.OPEN),
        "found": found_words(tickets) if search else "",
        "saved": SavedFilters(
            member, page.get_url(request), tickets, request.META.get("QUERY_STRING", "")
        ),
        "filters_url": page.portal_url(request, "portal_filters"),
        "exports": [
            {
                "label": label,
                "url": f"{page.portal_url(request, 'portal_export', kind)}{tickets.address}",
            }
            for kind, label in KINDS.items()
        ],
        "export_limit": conf.EXPORT_MAX_TICKETS,
        "read_all_url": page.portal_url(request, "portal_read_all"),
    }
    return render(request, "wagtail_portal/ticket_list/list.html", context)
