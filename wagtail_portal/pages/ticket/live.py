"""What is new in a ticket, for a page of it that is open: asked for every now and then.

This address stands outside the portal's tree of pages, because Wagtail would ask half a dozen
questions of the database just to find the way; as long as nothing is new, it costs four.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from wagtail_portal import conf
from wagtail_portal.models import Member, Message, Ticket
from wagtail_portal.pages.context import home_of, portal_context

from .messages import message_context, pk_in, version


@require_safe
def updates(request, number: int) -> HttpResponse:
    """The replies after ``?after=<primary key>``, as a part of a page.

    304 while the version that the page knows is the present one; 403 for who is no member (any
    more), and 404 for a ticket that they cannot see: then there is no use in asking again.
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
    tag = version(ticket)
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    elif home := home_of(request):
        context = _news(request, home, member, ticket)
        response = render(request, "wagtail_portal/ticket/updates.html", context)
    else:
        return HttpResponse(status=404)
    response["ETag"] = tag
    return response


def _ticket(member: Member, number: int) -> Ticket | None:
    found = Ticket.objects.visible_to(member).filter(number=number)
    return found.select_related("status").first()


def _news(request, home, member, ticket) -> dict:
    def url(name, *args):
        return home.portal_url(request, name, *args)

    replies = Message.objects.visible_to(member).filter(
        ticket=ticket, pk__gt=pk_in(request.GET, "after") or 0
    )
    newest = replies.select_related("author", "ticket").prefetch_related("attachments")
    letters = [
        {**message_context(message, member, url), "is_new": message.author_id != member.user_id}
        for message in newest.order_by("-created_at", "-pk")[: conf.MESSAGES_PER_PAGE]
    ][::-1]
    return {
        "letters": letters,
        "news": [entry for entry in letters if entry["is_new"]],
        "ticket": ticket,
        "status": {"label": ticket.status.localized_label, "state": ticket.status.state},
        "ticket_url": url("portal_ticket", ticket.number),
    }
