"""Views that mark tickets as read.

Opening a ticket is a GET and doesn't mark it as read, because browsers preload pages and email
scanners follow links. Instead, read-state.js sends a POST once the page is visible. It names the
newest reply on the page, so that a later one stays unread. Without JavaScript there's a button.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from wagtail_portal.actions import mark_all_read, mark_read
from wagtail_portal.models import Message
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.query_params import pk_in

from .conversation import find_ticket


@members_only
def mark_ticket_read(request, page, member, number):
    """Mark a ticket as read up to a message."""
    member, ticket = portal_context(request).find_as(member, lambda row: find_ticket(row, number))
    if ticket is None:
        raise Http404
    url = page.portal_url(request, "portal_ticket", number)
    if request.method != "POST":
        return redirect(url)
    pk = pk_in(request.POST, "message")
    message = Message.objects.visible_to(member).filter(ticket=ticket, pk=pk).first()
    if message is None:
        raise Http404
    mark_read(ticket, by=Actor.for_member(member), message=message)
    if "application/json" in request.headers.get("Accept", ""):
        # Sent by the script, which stays on the page.
        return HttpResponse(status=204)
    return redirect(url)


@members_only
def mark_tickets_read(request, page, member):
    """Mark every ticket as read."""
    if request.method == "POST":
        mark_all_read(by=Actor.for_member(member))
    return redirect(page.get_url(request))
