"""The ticket list that a request asks for."""

from wagtail_portal.models import PortalSettings

from . import TicketList
from .list_search import TextSearch


def requested_list(request, page, member, params=None) -> TicketList:
    """The list that the address of ``request`` asks for, or other parameters."""
    params = request.GET if params is None else params
    return TicketList(
        member,
        PortalSettings.current(request),
        params,
        lambda ticket: page.portal_url(request, "portal_ticket", ticket.number),
        search=TextSearch(member, params.get("q", "")),
    )
