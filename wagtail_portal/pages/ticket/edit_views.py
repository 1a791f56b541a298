"""Correct a message that was just sent."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Conflict, Deleted, TooLate
from wagtail_portal.models import Message
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import in_any_organization, members_only
from wagtail_portal.pages.forms import add_action_error, error_message
from wagtail_portal.permissions import Actor
from wagtail_portal.portal_urls import message_suffix
from wagtail_portal.utils.query_params import pk_in

from .forms import EditMessageForm
from .ticket_page import find_ticket_or_404, gives_text_back


@members_only
@in_any_organization
@gives_text_back
def edit_message(request, page, member, number):
    """Show the text of the message that the parameter ``message`` names, and save a new one."""
    member, ticket = find_ticket_or_404(request, member, number)
    ticket_url = page.portal_url(request, "portal_ticket", number)
    pk = pk_in(request.POST if request.method == "POST" else request.GET, "message")
    message = Message.objects.visible_to(member).filter(ticket=ticket, pk=pk).first()
    by = Actor.for_member(member)
    if message is None or not message.is_by(member):
        return redirect(ticket_url)
    url = f"{ticket_url}{message_suffix(message)}"
    # The address to come back to after signing in.
    edit_url = f"{page.portal_url(request, 'portal_ticket_edit', number)}?message={message.pk}"
    unsent = drafts.initial(request, request.path)
    is_restored = request.method != "POST" and unsent.get("message") == str(message.pk)
    if request.method != "POST":
        if not message.can_be_edited():
            messages.error(request, error_message(TooLate()))
            if is_restored:
                # It can still be sent as a reply.
                drafts.move(request, request.path, page.portal_url(request, "portal_reply", number))
            return redirect(url)
        form = EditMessageForm(message=message, initial=unsent if is_restored else ())
    else:
        form = EditMessageForm(request.POST, message=message)
        if "preview" in request.POST:
            form.previewed = form.preview(by)
            if request.POST["preview"] == "part":
                shown = {"preview": form.previewed, "errors": form.preview_errors}
                return render(request, "wagtail_portal/includes/preview.html", shown)
        elif form.is_valid():
            try:
                actions.edit_message(message, by=by, **form.cleaned_data)
            except Deleted:
                raise
            except Conflict:
                message.refresh_from_db()
                form.show_conflict(message)
            except ActionError as error:
                add_action_error(form, error)
            else:
                drafts.confirm(request)
                messages.success(request, gettext("Your message was changed."))
                return redirect(url)
    context = {
        "page": page,
        "ticket": ticket,
        "ticket_url": url,
        "message": message,
        "form": form,
        "edit_url": edit_url,
        "restored": drafts.notice(request, request.path) if is_restored else "",
    }
    return render(request, "wagtail_portal/ticket/edit_message.html", context)
