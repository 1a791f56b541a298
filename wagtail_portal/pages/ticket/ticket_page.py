"""The page of a ticket, as the views of this package show it."""

from functools import cache, partial, wraps

from django.http import Http404
from django.shortcuts import redirect, render

from wagtail_portal.conversation import in_order
from wagtail_portal.exceptions import Deleted
from wagtail_portal.fields.files import keep_files
from wagtail_portal.models import Ticket, status_for
from wagtail_portal.pages import drafts
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.errors import ticket_not_found
from wagtail_portal.utils import markup
from wagtail_portal.utils.query_params import page_number, pk_in

from .conversation import (
    find_ticket,
    link_tickets,
    load_conversation,
    mark_unread,
    message_context,
)
from .forms import ReplyForm
from .list_position import position_of
from .live import live_data
from .ticket_context import TicketContext

#: The names of the fields in which customers write texts about a ticket.
TEXTS = ("subject", "body", "rating-comment")


def find_ticket_or_404(request, member, number):
    """Return the member who can see the ticket, in any of their organizations, and the ticket.

    :raises NotFound: if there's no such ticket, or they can't see it.
    """
    found = portal_context(request).find_as(member, lambda row: find_ticket(row, number))
    if found[1] is None:
        raise ticket_not_found(number)
    return found


def gives_text_back(view):
    """Let a view below :func:`members_only` show what was written to a ticket that its author can't
    see, so that they can copy it. Hidden and deleted tickets get the same response."""

    @wraps(view)
    def wrapper(request, page, member, number):
        try:
            return view(request, page, member, number)
        except (Http404, Deleted):
            texts = [markup.clean(request.POST.get(name, "")) for name in TEXTS]
            if not any(texts):
                raise
        body = "\n\n".join(filter(None, texts))
        context = {
            "page": page,
            "text": ticket_not_found(number).text,
            "body": body,
            "home_url": page.get_url(request),
        }
        return render(request, "wagtail_portal/ticket/deleted.html", context, status=404)

    return wrapper


def redirect_to_ticket(request, page, member, ticket, url):
    """Redirect to a URL of the ticket, or home if the member can no longer see it, as happens
    when they stop following it."""
    if Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists():
        return redirect(url)
    return redirect(page.get_url(request))


def render_ticket(
    request, page, member, number, form=None, *, preview=None, newer=(), mentioned=(), **bound
):
    """Render the page of a ticket.

    :param form: a reply that was sent and comes back.
    :param preview: what that reply would look like, as safe HTML.
    :param newer: primary keys of the replies that came while it was written.
    :param mentioned: teammates whom it mentions, and who may be added as followers.
    :param bound: other forms that were sent and come back with errors, by name.
    """
    page_asked_for, message = page_number(request.GET), pk_in(request.GET, "message")
    member, conversation = portal_context(request).find_as(
        member, lambda row: load_conversation(row, number, page_asked_for, message)
    )
    if conversation is None:
        raise ticket_not_found(number)
    ticket, number_shown = conversation.ticket, conversation.page
    reply_url = page.portal_url(request, "portal_reply", number)
    if form is None:
        initial = drafts.initial(request, reply_url)
        form = ReplyForm.for_member(request, member, initial=initial)
        keep_files(form, drafts.load(request, reply_url))
    ticket_context = TicketContext(page, request, member, conversation, bound)

    url = cache(partial(page.portal_url, request))
    ticket_url = url("portal_ticket", number)
    replies = [message_context(message, member, url) for message in conversation.messages]
    link_tickets(replies, member, url)
    # While a reply is held back, only those are marked that hold it.
    unread = 0 if newer else mark_unread(replies, conversation, member)
    for entry in replies:
        if entry["message"].pk in newer:
            entry["is_new"] = True
    if ticket_context.may_reply:
        for entry in replies:
            message = entry["message"]
            if message.can_be_edited() and message.is_by(member):
                entry["edit_url"] = f"{url('portal_ticket_edit', number)}?message={message.pk}"
    answers = ticket_context.answers
    if replies and conversation.before is None:
        replies[0]["answers"], answers = answers, []
    shown = in_order(replies, ticket_context.events)
    position = position_of(request, page, member, ticket)
    context = {
        "page": page,
        "ticket": ticket,
        "status": status_for(ticket, member),
        "entries": shown,
        "earlier_url": f"{ticket_url}?page={number_shown + 1}" if conversation.before else None,
        "later_url": f"{ticket_url}?page={number_shown - 1}" if number_shown > 1 else None,
        "live": live_data(ticket) if number_shown == 1 else None,
        "reply_form": form,
        "reply_url": reply_url,
        "requester_name": ticket.requester.name,
        "is_own": ticket.requester_id == member.pk,
        "list_url": page.get_url(request),
        **ticket_context.build(),
        "restored": "" if form.is_bound else drafts.notice(request, reply_url),
        "preview": preview,
        "newer_replies": [entry for entry in replies if entry["message"].pk in newer],
        "unread": unread,
        # Those of a conversation that goes on below are in its first message.
        "answers": [] if conversation.messages else answers,
        "back_url": position.list_url,
        "previous_url": position.previous_url,
        "next_url": position.next_url,
        "mentioned": mentioned,
        "last_read": ticket.last_reply_id or 0,
        "read_state": read_state_form(request, page, member, conversation),
    }
    response = render(request, "wagtail_portal/ticket/detail.html", context)
    position.remember(response)
    return response


def read_state_form(request, page, member, conversation) -> dict | None:
    """Return what ``ticket/read_state.html`` needs to mark the newest messages as read, and
    whether one of them is unread; None on other pages of the conversation."""
    if conversation.page > 1 or not conversation.messages:
        return None
    written = [row.pk for row in conversation.messages if row.author_id != member.user_id]
    newest = max(written, default=0)
    return {
        "url": page.portal_url(request, "portal_read", conversation.ticket.number),
        "message": conversation.messages[-1].pk,
        "is_new": newest > conversation.ticket.read_until,
    }
