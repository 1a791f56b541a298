"""What's new in a ticket, for an open page that polls for it.

The URL is outside the portal's page tree, where finding the page would cost half a dozen queries;
while nothing is new, it costs four, and one more in a project with several sites.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from wagtail_portal.conversation import etag, newer_messages, updates_response
from wagtail_portal.models import Member, Message, Ticket, status_for
from wagtail_portal.pages.context import home_of, portal_context
from wagtail_portal.utils.query_params import pk_in

from .conversation import link_tickets, message_context


def live_data(ticket: Ticket) -> dict:
    """Return what an open page needs to ask for updates: the URL, and what it shows already."""
    return {
        "url": reverse("wagtail_portal_updates", args=[ticket.number]),
        "version": version(ticket),
        "newest": ticket.last_reply_id or 0,
    }


def version(ticket: Ticket) -> str:
    """Return an entity tag that changes with anything that customers see."""
    return etag(ticket.last_reply_id or 0, ticket.status_id, ticket.shared_revision)


@require_safe
def updates(request, number: int) -> HttpResponse:
    """Return the replies after ``?after=<primary key>`` as a fragment of HTML.

    304 while the page knows the current version. 403 for anyone but members and 404 if they can't
    see the ticket; both tell the page to stop asking.
    """
    response = _answer(request, number)
    add_never_cache_headers(response)
    return response


def _answer(request, number) -> HttpResponse:
    member = portal_context(request).member if request.user.is_authenticated else None
    if member is None:
        return HttpResponse(status=403)
    member, ticket = portal_context(request).find_as(member, lambda row: _ticket(row, number))
    if ticket is None:
        return HttpResponse(status=404)
    return updates_response(
        request, version(ticket), lambda: _render_updates(request, member, ticket)
    )


def _ticket(member: Member, number: int) -> Ticket | None:
    found = Ticket.objects.visible_to(member).filter(number=number)
    return found.select_related("status", "requester__user").first()


def _render_updates(request, member, ticket) -> HttpResponse:
    home = home_of(request)
    if home is None:
        return HttpResponse(status=404)

    def url(name, *args):
        return home.portal_url(request, name, *args)

    replies = Message.objects.visible_to(member).filter(ticket=ticket)
    entries = [
        message_context(message, member, url)
        for message in newer_messages(
            replies.select_related("author", "member__organization", "ticket"),
            pk_in(request.GET, "after") or 0,
        )
    ]
    link_tickets(entries, member, url)
    for entry in entries:
        entry["is_new"] = not entry["is_own"]
    context = {
        "entries": entries,
        "new_messages": [entry for entry in entries if entry["is_new"]],
        "ticket": ticket,
        "status": status_for(ticket, member),
        "ticket_url": url("portal_ticket", ticket.number),
    }
    return render(request, "wagtail_portal/ticket/updates.html", context)
