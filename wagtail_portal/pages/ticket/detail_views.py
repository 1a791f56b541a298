"""The addresses of a ticket: to read it, and to reply."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from wagtail.contrib.routable_page.models import path

from wagtail_portal.actions import reply
from wagtail_portal.exceptions import ActionError, Locked, NewerReplies
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import find_as, in_any_organization, members_only
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.form_closed import ticket_gone
from wagtail_portal.pages.ticket_list import page_number
from wagtail_portal.pages.uploads import find_uploads, keep_after_error
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import markup

from . import conversation
from .messages import live_data, pk_in
from .reply_form import ReplyForm, preview_of
from .ticket_context import TicketContext


class ThreadRoutesMixin:
    """What stands under ``tickets/``; a part of the portal's main page."""

    @path("tickets/<int:number>/", name="portal_ticket")
    @members_only
    @in_any_organization
    def ticket(self, request, member, number):
        """One ticket."""
        return self._render_ticket(request, member, number)

    @path("tickets/<int:number>/reply/", name="portal_reply")
    @members_only
    def reply_to_ticket(self, request, member, number):
        """Take a reply, and come back to the conversation; or show how it would look."""
        try:
            member, ticket = self._ticket(request, member, number)
        except Http404:
            if request.method == "POST" and markup.clean(request.POST.get("body", "")):
                return ticket_gone(request, self)
            raise
        url = self.portal_url(request, "portal_ticket", number)
        if request.method != "POST":
            return redirect(url)
        form = self._reply_form(request, member, request.POST, request.FILES)
        by, more = Actor.for_member(member), {}
        is_solved = "solved" in request.POST
        if "preview" in request.POST:
            more["preview"] = preview_of(form, by)
            if request.POST["preview"] == "part":
                return render(
                    request, "wagtail_portal/includes/preview.html", {"form": form, **more}
                )
        elif form.is_valid() and is_solved and form.is_empty:
            return self.close_ticket(request, number)
        elif form.is_valid():
            try:
                message = reply(
                    ticket, by=by, seen=pk_in(request.POST, "seen"), **form.cleaned_data
                )
            except Locked:
                return self.continue_in_follow_up(request, member, ticket)
            except NewerReplies as crossed:
                more["crossed"] = [message.pk for message in crossed.messages]
            except ActionError as error:
                add_to_form(form, error)
            else:
                drafts.forget(request, request.path)
                messages.success(request, gettext("Your reply was sent."))
                if is_solved:
                    self.close_ticket(request, number)
                return redirect(f"{url}#message-{message.pk}")
        keep_after_error(request, member, form)
        return self._render_ticket(request, member, number, form, more)

    def _reply_form(self, request, member, *data, **kwargs):
        return ReplyForm(
            *data,
            file_limits=PortalSettings.current(request).file_limits,
            find_uploads=lambda ids: find_uploads(member, ids),
            **kwargs,
        )

    def _ticket(self, request, member, number):
        found = find_as(request, member, lambda row: conversation.find_ticket(row, number))
        if found[1] is None:
            raise Http404
        return found

    def _render_ticket(self, request, member, number, form=None, more=None, **bound):
        page, message = page_number(request.GET), pk_in(request.GET, "message")
        member, thread = find_as(
            request, member, lambda row: conversation.load_holding(row, number, page, message)
        )
        if thread is None:
            raise Http404
        ticket = thread.ticket
        reply_url = self.portal_url(request, "portal_reply", number)
        if form is None:
            kept = drafts.initial(request, reply_url)
            form = self._reply_form(request, member, initial=kept)
        more = {"preview": None, "crossed": [], **(more or {})}
        around = TicketContext(self, request, member, thread, bound)

        def url(name, *args):
            return self.portal_url(request, name, *args)

        ticket_url = url("portal_ticket", number)
        entries = conversation.entries(thread, member, url, around.events)
        for entry in entries:
            entry["is_new"] = entry["kind"] == "message" and entry["message"].pk in more["crossed"]
        context = {
            "page": self,
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
            "list_url": self.get_url(request),
            **around.build(),
            "preview": more["preview"],
            "crossed": [entry for entry in entries if entry["is_new"]],
            "seen": ticket.last_reply_id or 0,
            "reading": self.reading(request, member, thread),
        }
        return render(request, "wagtail_portal/ticket/detail.html", context)
