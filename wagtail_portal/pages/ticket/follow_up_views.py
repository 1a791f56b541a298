"""The view that opens a follow-up to a locked ticket."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.uploads import save_member_files
from wagtail_portal.permissions import Actor, Verb

from .follow_up import follow_up_form, open_follow_up, render_follow_up
from .ticket_page import find_ticket_or_404


@members_only
def follow_up(request, page, member, number):
    """Show the form for a follow-up, or open one."""
    member, ticket = find_ticket_or_404(request, member, number)
    if not Actor.for_member(member).may(Verb.OPEN):
        raise Http404
    if request.method != "POST":
        if not PortalSettings.current(request).locks(ticket):
            return redirect(page.portal_url(request, "portal_ticket", number) + "#reply")
        kept = drafts.initial(request, request.path)
        form = follow_up_form(request, member, initial={"subject": ticket.subject, **kept})
        return render_follow_up(request, page, ticket, form)
    form = follow_up_form(request, member, request.POST, request.FILES)
    if form.is_valid():
        try:
            opened = open_follow_up(request, member, ticket, form.cleaned_data)
        except ActionError as error:
            add_to_form(form, error)
        else:
            drafts.delete(request, request.path)
            messages.success(
                request,
                gettext("Ticket #%(number)s was opened. We’ll email you when we reply.")
                % {"number": opened.number},
            )
            return redirect(page.portal_url(request, "portal_ticket", opened.number))
    save_member_files(request, member, form)
    return render_follow_up(request, page, ticket, form)
