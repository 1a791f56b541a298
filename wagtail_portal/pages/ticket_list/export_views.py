"""The view of exports."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import ngettext

from wagtail_portal.exceptions import RateLimited
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.view_as_views import read_only
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.rate_limits import count

from .export import FORMATS, export_response
from .listing import requested_list


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
