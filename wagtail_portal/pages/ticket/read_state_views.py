"""The addresses at which reading is recorded.

To open a ticket is a GET, and no GET changes anything here (rule 5, and threat 16): browsers load
pages ahead of a click, and scanners follow links. What is unread is unread until somebody had it
before their eyes, and that is what a script says with a small POST, once the page is visible. It
names the newest reply on that page, so that one which came in the meantime stays new. Without a
script there is a button, on the ticket and for all of them.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from wagtail.contrib.routable_page.models import path

from wagtail_portal.actions import mark_all_read, mark_read
from wagtail_portal.models import Message, read_until_of
from wagtail_portal.pages.access import find_as, members_only
from wagtail_portal.permissions import Actor

from .conversation import find_ticket


class SeenRoutesMixin:
    """What was read; a part of the portal's main page."""

    def reading(self, request, member, thread) -> dict | None:
        """For ``includes/reading.html``: what there is to record of a ticket's newest messages,
        and whether one of them is new. One query at most."""
        if thread.page > 1 or not thread.messages:
            return None
        written = [row.created_at for row in thread.messages if row.author_id != member.user_id]
        newest = max(written, default=member.read_until)
        return {
            "url": self.portal_url(request, "portal_read", thread.ticket.number),
            "message": thread.messages[-1].pk,
            "is_new": newest > member.read_until and newest > read_until_of(thread.ticket, member),
        }

    @path("tickets/<int:number>/read/", name="portal_read")
    @members_only
    def read_ticket(self, request, member, number):
        """A ticket was read up to a message."""
        member, ticket = find_as(request, member, lambda row: find_ticket(row, number))
        if ticket is None:
            raise Http404
        url = self.portal_url(request, "portal_ticket", number)
        if request.method != "POST":
            return redirect(url)
        pk = request.POST.get("message", "")
        message = None
        if pk.isdecimal() and len(pk) < 19:
            message = Message.objects.visible_to(member).filter(ticket=ticket, pk=pk).first()
        if message is None:
            raise Http404
        mark_read(ticket, by=Actor.for_member(member), message=message)
        if "application/json" in request.headers.get("Accept", ""):
            # The script stays where it is.
            return HttpResponse(status=204)
        return redirect(url)

    @path("read/", name="portal_read_all")
    @members_only
    def read_everything(self, request, member):
        """Nothing is new any more."""
        if request.method == "POST":
            mark_all_read(by=Actor.for_member(member))
        return redirect(self.get_url(request))
