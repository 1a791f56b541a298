"""The address of a follow-up: what there is to say after a ticket was locked."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from wagtail.contrib.routable_page.models import path

from wagtail_portal.actions import open_ticket
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import Member, PortalSettings
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.uploads import find_uploads, keep_after_error
from wagtail_portal.permissions import Actor

from .forms import FollowUpForm


class FollowUpRoutesMixin:
    """Opens a ticket that is linked to another; a part of the portal's main page."""

    @path("tickets/<int:number>/follow-up/", name="portal_ticket_follow_up")
    @members_only
    def follow_up(self, request, member, number):
        """The form for a follow-up, and what it opens."""
        member, ticket = self._ticket(request, member, number)
        if not member.role.can_edit_tickets:
            raise Http404
        if request.method != "POST":
            if not PortalSettings.current(request).locks(ticket):
                return redirect(self.portal_url(request, "portal_ticket", number) + "#reply")
            kept = drafts.initial(request, request.path)
            form = self._follow_up_form(
                request, member, initial={"subject": ticket.subject, **kept}
            )
            return self._render_follow_up(request, ticket, form)
        form = self._follow_up_form(request, member, request.POST, request.FILES)
        if form.is_valid():
            try:
                opened = self._open_follow_up(request, member, ticket, form.cleaned_data)
            except ActionError as error:
                add_to_form(form, error)
            else:
                drafts.forget(request, request.path)
                messages.success(
                    request,
                    gettext("Ticket #%(number)s is open. We tell you by mail when we answer.")
                    % {"number": opened.number},
                )
                return redirect(self.portal_url(request, "portal_ticket", opened.number))
        keep_after_error(request, member, form)
        return self._render_follow_up(request, ticket, form)

    def continue_in_follow_up(self, request, member, ticket):
        """Somebody replied to a ticket that was locked by then: nothing that they wrote is lost,
        and a look at it opens a follow-up."""
        data = request.POST.copy()
        data.setdefault("subject", ticket.subject)
        form = self._follow_up_form(request, member, data, request.FILES)
        # It has the errors of the reply, which had none; its files are put away.
        form.is_valid()
        keep_after_error(request, member, form)
        return self._render_follow_up(request, ticket, form, was_reply=True)

    def _follow_up_form(self, request, member, *data, **kwargs):
        return FollowUpForm(
            *data,
            file_limits=PortalSettings.current(request).file_limits,
            find_uploads=lambda ids: find_uploads(member, ids),
            **kwargs,
        )

    def _open_follow_up(self, request, member, ticket, data):
        takes_part = Member.objects.with_access().filter(user__is_active=True)
        return open_ticket(
            site=PortalSettings.current(request).site,
            requester=member,
            by=Actor.for_member(member),
            # Whoever took part goes on to do so.
            followers=[
                *takes_part.filter(pk=ticket.requester_id),
                *takes_part.filter(follower_links__ticket=ticket),
            ],
            follow_up_to=ticket,
            **data,
        )

    def _render_follow_up(self, request, ticket, form, *, was_reply=False):
        number = ticket.number
        context = {
            "page": self,
            "ticket": ticket,
            "form": form,
            "was_reply": was_reply,
            "follow_up_url": self.portal_url(request, "portal_ticket_follow_up", number),
            "ticket_url": self.portal_url(request, "portal_ticket", number),
        }
        return render(request, "wagtail_portal/ticket/follow_up.html", context)
