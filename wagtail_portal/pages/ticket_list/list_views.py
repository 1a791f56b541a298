"""The view of the ticket list."""

from django.shortcuts import redirect, render

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import members_only
from wagtail_portal.permissions import Actor, Verb

from . import menus
from .export import FORMATS
from .listing import requested_list
from .saved_filters import SavedFilters
from .search import result_count


@members_only
def ticket_list(request, page, member):
    """Show the member's tickets."""
    settings = PortalSettings.current(request)
    tickets = requested_list(request, page, member)
    search = tickets.search
    # The script that searches while the member types only wants the results.
    if search and "X-Requested-With" not in request.headers and search.number is not None:
        return redirect(page.portal_url(request, "portal_ticket", search.number))
    context = {
        "page": page,
        "content": page.content_for(member),
        "list": tickets,
        "tabs": menus.tabs(tickets),
        "scopes": menus.scopes(tickets),
        "headings": menus.headings(tickets),
        "sorting": tickets.order.options(tickets.url),
        "rows": tickets.rows,
        "columns": tickets.columns,
        "period": menus.periods(tickets),
        "next_url": tickets.next_url,
        "previous_url": tickets.previous_url,
        "empty": tickets.empty,
        "welcome_text": settings.localized("welcome_text"),
        "can_open": Actor.for_member(member).may(Verb.OPEN),
        "result_count": result_count(tickets) if search else "",
        "saved": SavedFilters(
            member, page.get_url(request), tickets, request.META.get("QUERY_STRING", "")
        ),
        "filters_url": page.portal_url(request, "portal_filters"),
        "exports": [
            {
                "label": label,
                "url": f"{page.portal_url(request, 'portal_export', name)}{tickets.url}",
            }
            for name, label in FORMATS.items()
        ],
        "export_limit": conf.EXPORT_MAX_TICKETS,
        "read_all_url": page.portal_url(request, "portal_read_all"),
    }
    return render(request, "wagtail_portal/ticket_list/list.html", context)
