"""The addresses at which reading is recorded.

To open a ticket is a GET, and no GET changes anything here (rule 5, and threat 16): browsers load
pages ahead of a click, and scanners follow links. What is unread is unread until somebody had it
before their eyes, and that is what a script says with a small POST, once the page is visible. It
names the newest reply on that page, so that one which came in the meantime stays new. Without a
script there is a button, on the ticket and for all of them.
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
def read_ticket(request, page, member, number):
    """A ticket was read up to a message."""
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
        # The script stays where it is.
        return HttpResponse(status=204)
    return redirect(url)


@members_only
def read_everything(request, page, member):
    """Nothing is new any more."""
    if request.method == "POST":
        mark_all_read(by=Actor.for_member(member))
    return redirect(page.get_url(request))
