"""Views that show a ticket and take a reply."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal.actions import reply
from wagtail_portal.exceptions import ActionError, Locked, NewerReplies
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import in_any_organization, members_only
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.form_closed import ticket_gone
from wagtail_portal.pages.uploads import save_member_files
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import markup
from wagtail_portal.utils.query_params import pk_in

from .follow_up import continue_in_follow_up
from .operations import back_to_ticket, mark_as_solved, perform
from .reply_form import preview_of
from .ticket_page import find_ticket_or_404, render_ticket, reply_form


@members_only
@in_any_organization
def ticket(request, page, member, number):
    """Show a ticket."""
    return render_ticket(request, page, member, number)


@members_only
def reply_to_ticket(request, page, member, number):
    """Send a reply and return to the conversation, or preview the reply."""
    try:
        member, ticket = find_ticket_or_404(request, member, number)
    except Http404:
        if request.method == "POST" and markup.clean(request.POST.get("body", "")):
            return ticket_gone(request, page)
        raise
    url = page.portal_url(request, "portal_ticket", number)
    if request.method != "POST":
        return redirect(url)
    form = reply_form(request, member, request.POST, request.FILES)
    by, shown = Actor.for_member(member), {}
    is_solved = "solved" in request.POST
    if "preview" in request.POST:
        shown["preview"] = preview_of(form, by)
        if request.POST["preview"] == "part":
            return render(request, "wagtail_portal/includes/preview.html", {"form": form, **shown})
    elif form.is_valid() and is_solved and form.is_empty:
        perform(request, ticket, by, mark_as_solved)
        return back_to_ticket(request, page, member, ticket, url)
    elif form.is_valid():
        try:
            last_read = pk_in(request.POST, "last_read")
            message = reply(ticket, by=by, last_read=last_read, **form.cleaned_data)
        except Locked:
            return continue_in_follow_up(request, page, member, ticket)
        except NewerReplies as error:
            shown["newer"] = [message.pk for message in error.messages]
        except ActionError as error:
            add_to_form(form, error)
        else:
            drafts.delete(request, request.path)
            messages.success(request, gettext("Your reply was sent."))
            if is_solved:
                perform(request, ticket, by, mark_as_solved)
            return redirect(f"{url}#message-{message.pk}")
    save_member_files(request, member, form)
    return render_ticket(request, page, member, number, form, **shown)
