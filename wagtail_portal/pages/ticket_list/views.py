"""Show the ticket list, and export it."""

from functools import partial

from django.http import Http404
from django.shortcuts import redirect, render

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.exports import FORMATS, count_export, export_links
from wagtail_portal.pages.view_as_views import read_only

from . import menus
from .export import export_response
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
        "result_count": result_count(tickets) if search else "",
        "saved": SavedFilters(
            member,
            page.get_url(request),
            tickets,
            request.META.get("QUERY_STRING", ""),
            may_exist=tickets.may_have_saved_filters,
        ),
        "filters_url": page.portal_url(request, "portal_filters"),
        "exports": export_links(
            partial(page.portal_url, request, "portal_export"), str(tickets.url)
        ),
        "export_limit": conf.EXPORT_MAX_TICKETS,
        "read_all_url": page.portal_url(request, "portal_read_all"),
    }
    return render(request, "wagtail_portal/ticket_list/list.html", context)


@members_only
def export_tickets(request, page, member, kind):
    """Download the list that the parameters ask for."""
    if kind not in FORMATS:
        raise Http404
    if portal_context(request).is_read_only:
        # An agent who views as the member would use up the member's exports.
        return read_only(request, page)
    tickets = requested_list(request, page, member)
    if not count_export(request, member):
        return redirect(f"{page.get_url(request)}{tickets.url}")
    path = tickets.ticket_url
    tickets.ticket_url = lambda ticket: request.build_absolute_uri(path(ticket))
    return export_response(tickets, kind)
