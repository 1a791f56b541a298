"""Show the ticket list, and export it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from wagtail_portal import conf
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.view_as_views import read_only
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.rate_limits import count

from . import menus
from .export import FORMATS, export_response
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


@members_only
def export_tickets(request, page, member, kind):
    """Download the list that the parameters ask for."""
    if kind not in FORMATS:
        raise Http404
    if portal_context(request).is_read_only:
        # An agent who views as the member would use up the member's exports.
        return read_only(request, page)
    tickets = requested_list(request, page, member)
    try:
        count(Actor.for_member(member), "EXPORTS_PER_HOUR")
    except RateLimited as error:
        text = ngettext(
            "Too many exports. Try again in %(minutes)d minute.",
            "Too many exports. Try again in %(minutes)d minutes.",
            error.minutes,
        )
        messages.error(request, text % {"minutes": error.minutes})
        return redirect(f"{page.get_url(request)}{tickets.url}")
    return export_response(tickets, kind)
