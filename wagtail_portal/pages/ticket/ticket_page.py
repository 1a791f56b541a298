"""The page of a ticket, as the views of this package show it."""

from django.http import Http404
from django.shortcuts import render

from wagtail_portal.models import PortalSettings, read_until
from wagtail_portal.pages import drafts
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.ticket_list import page_number
from wagtail_portal.pages.uploads import find_uploads

from . import conversation
from .messages import live_data, pk_in
from .reply_form import ReplyForm
from .ticket_context import TicketContext


def reply_form(request, member, *data, **kwargs):
    return ReplyForm(
        *data,
        file_limits=PortalSettings.current(request).file_limits,
        find_uploads=lambda ids: find_uploads(member, ids),
        **kwargs,
    )


def find_ticket_or_404(request, member, number):
    found = portal_context(request).find_as(
        member, lambda row: conversation.find_ticket(row, number)
    )
    if found[1] is None:
        raise Http404
    return found


def render_ticket(request, page, member, number, form=None, more=None, **bound):
    number_of_page, message = page_number(request.GET), pk_in(request.GET, "message")
    member, thread = portal_context(request).find_as(
        member, lambda row: conversation.load_holding(row, number, number_of_page, message)
    )
    if thread is None:
        raise Http404
    ticket = thread.ticket
    reply_url = page.portal_url(request, "portal_reply", number)
    if form is None:
        kept = drafts.initial(request, reply_url)
        form = reply_form(request, member, initial=kept)
    more = {"preview": None, "crossed": [], **(more or {})}
    around = TicketContext(page, request, member, thread, bound)

    def url(name, *args):
        return page.portal_url(request, name, *args)

    ticket_url = url("portal_ticket", number)
    entries = conversation.entries(thread, member, url, around.events)
    for entry in entries:
        entry["is_new"] = entry["kind"] == "message" and entry["message"].pk in more["crossed"]
    context = {
        "page": page,
        "ticket": ticket,
        "status": {"label": ticket.status.localized_label, "state": ticket.status.state},
        "entries": entries,
        "earlier_url": f"{ticket_url}?page={thread.page + 1}" if thread.before else None,
        "later_url": f"{ticket_url}?page={thread.page - 1}" if thread.page > 1 else None,
        "live": live_data(ticket) if thread.page == 1 else None,
        "reply_form": form,
        "reply_url": reply_url,
        "requester_name": ticket.requester.name,
        "is_own": ticket.requester_id == member.pk,
        "list_url": page.get_url(request),
        **around.build(),
        "preview": more["preview"],
        "crossed": [entry for entry in entries if entry["is_new"]],
        "last_read": ticket.last_reply_id or 0,
        "read_state": read_state_form(request, page, member, thread),
    }
    return render(request, "wagtail_portal/ticket/detail.html", context)


def read_state_form(request, page, member, thread) -> dict | None:
    """For ``ticket/read_state.html``: what there is to record of a ticket's newest messages,
    and whether one of them is new. One query at most."""
    if thread.page > 1 or not thread.messages:
        return None
    written = [row.created_at for row in thread.messages if row.author_id != member.user_id]
    newest = max(written, default=member.read_until)
    return {
        "url": page.portal_url(request, "portal_read", thread.ticket.number),
        "message": thread.messages[-1].pk,
        "is_new": newest > member.read_until and newest > read_until(thread.ticket, member),
    }
