"""A ticket as a guest sees it: its messages, and a form to reply."""

from contextlib import suppress

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal import actions
from wagtail_portal.conversation import load_page, message_entry
from wagtail_portal.exceptions import ActionError, Deleted
from wagtail_portal.fields.files import keep_files
from wagtail_portal.models import Attachment, Guest, Message, PortalSettings, status_for
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import open_to_visitors, sign_in_first
from wagtail_portal.pages.forms import add_action_error, perform, save_uploads
from wagtail_portal.pages.ticket.forms import ReplyForm
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.downloads import attachment_response, thumbnail_response
from wagtail_portal.utils.query_params import page_number

from .access import find_offer, guests_only


@guests_only
def shared_ticket(request, page, guest):
    """Show the ticket."""
    return _render(request, page, guest)


@guests_only
def reply_to_shared_ticket(request, page, guest):
    """Send a reply and return to the conversation, or preview the reply."""
    url = page.portal_url(request, "portal_shared", guest.ticket.number)
    if request.method != "POST":
        return redirect(url)
    form = ReplyForm.for_member(request, guest.member, request.POST, request.FILES)
    by = Actor.for_member(guest.member)
    preview = None
    if "preview" in request.POST:
        preview = form.preview(by)
        if request.POST["preview"] == "part":
            context = {"errors": form.preview_errors, "preview": preview}
            return render(request, "wagtail_portal/includes/preview.html", context)
    elif form.is_valid():
        try:
            message = actions.reply(guest.ticket, by=by, **form.cleaned_data)
        except Deleted as error:
            raise Http404 from error
        except ActionError as error:
            add_action_error(form, error)
        else:
            drafts.confirm(request)
            messages.success(request, gettext("Your reply was sent."))
            return redirect(f"{url}#message-{message.pk}")
    save_uploads(request, guest.member, form)
    return _render(request, page, guest, form, preview=preview)


@guests_only
def leave_shared_ticket(request, page, guest):
    """End one's own access."""
    if request.method != "POST":
        return redirect(page.portal_url(request, "portal_shared", guest.ticket.number))
    by = Actor.for_member(guest.member)
    # The ticket may have been shared with several of their addresses.
    # If it has just been deleted, so has their access.
    with suppress(Deleted):
        for row in Guest.objects.filter(ticket=guest.ticket, member=guest.member):
            actions.unshare_ticket(row, by=by)
    text = gettext("You no longer have access to ticket #%(number)s.")
    messages.success(request, text % {"number": guest.ticket.number})
    return redirect(page.get_url(request))


@guests_only
def shared_file(request, page, guest, pk):
    """Send a file of a message."""
    return attachment_response(request, _find_file(guest, pk))


@guests_only
def shared_thumbnail(request, page, guest, pk):
    """Send the thumbnail of a file."""
    return thumbnail_response(request, _find_file(guest, pk))


@open_to_visitors
def accept_shared_ticket(request, page, number):
    """Open a ticket that was shared with an address that was verified before."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    offer = find_offer(request, number) if request.method == "POST" else None
    if offer is not None:
        shared = {"email": offer.email, "ticket": offer.ticket}
        perform(request, lambda: actions.accept_shares(request.user, **shared) or "")
    return redirect(page.portal_url(request, "portal_shared", number))


def _find_file(guest, pk) -> Attachment | None:
    found = Attachment.objects.visible_to(guest.member)
    return found.filter(pk=pk, message__ticket=guest.ticket).first()


def _render(request, page, guest, form=None, *, preview=None):
    ticket, member = guest.ticket, guest.member
    number = page_number(request.GET)

    def url(name, *args):
        return page.portal_url(request, name, ticket.number, *args)

    replies = (
        Message.objects.visible_to(member)
        .filter(ticket=ticket)
        .select_related("author", "member__organization")
    )
    found, before = load_page(replies, number)
    if not found and number > 1:
        raise Http404
    for message in found:
        message.ticket = ticket
    reply_url, own_url = url("portal_shared_reply"), url("portal_shared")
    if form is None:
        initial = drafts.initial(request, reply_url)
        form = ReplyForm.for_member(request, member, initial=initial)
        keep_files(form, drafts.load(request, reply_url))
    entries = [
        message_entry(
            message,
            member.user_id,
            file_url=lambda file: url("portal_shared_file", file.pk),
            thumbnail_url=lambda file: url("portal_shared_thumbnail", file.pk),
            url=f"{own_url}#message-{message.pk}",
        )
        for message in found
    ]
    for entry in entries:
        # It often holds what others wrote by email.
        entry["hides_quoted"] = True
    context = {
        "page": page,
        "ticket": ticket,
        "status": status_for(ticket, member),
        "entries": entries,
        "earlier_url": f"{own_url}?page={number + 1}" if before else None,
        "later_url": f"{own_url}?page={number - 1}" if number > 1 else None,
        "can_reply": not PortalSettings.cached(ticket.site).locks(ticket),
        "reply_form": form,
        "reply_url": reply_url,
        "restored": "" if form.is_bound else drafts.notice(request, reply_url),
        "preview": preview,
        "last_read": 0,
        "draft_owner": f"guest-{guest.pk}",
        "leave_url": url("portal_shared_leave"),
        "own_name": member.name,
    }
    return render(request, "wagtail_portal/guests/ticket.html", context)
