"""The addresses to which the forms on a ticket go, beside the one of a reply."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext
from wagtail.contrib.routable_page.models import path

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Conflict, NotAllowed
from wagtail_portal.models import PortalSettings, Ticket, rating_of
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import add_to_form, in_words
from wagtail_portal.pages.form_context import form_context
from wagtail_portal.permissions import Actor

from .fields_form import TicketFieldsForm
from .forms import RatingForm


class TicketRoutesMixin:
    """What can be done to a ticket; a part of the portal's main page.

    All of these take a POST and answer with the way back; a GET leads back, too.
    """

    @path("tickets/<int:number>/fields/", name="portal_ticket_fields")
    @members_only
    def change_ticket_fields(self, request, member, number):
        """Take the fields that can be changed in place."""
        member, ticket = self._ticket(request, member, number)
        url = self.portal_url(request, "portal_ticket", number)
        if request.method != "POST":
            return redirect(url)
        rows = PortalSettings.current(request).editable
        context = form_context(request, member)
        form = TicketFieldsForm(request.POST, ticket=ticket, designations=rows, context=context)
        if form.is_valid():
            changes = form.changes
            try:
                actions.change_fields(
                    ticket,
                    by=Actor.for_member(member),
                    urgency=changes.get("urgency"),
                    values={
                        key.removeprefix("field:"): value
                        for key, value in changes.items()
                        if key != "urgency"
                    },
                    seen=form.was,
                )
            except Conflict as conflict:
                form.show_conflicts(conflict.current)
            except NotAllowed as error:
                messages.error(request, in_words(error))
                return redirect(url)
            except ActionError as error:
                names = {fact.key: name for name, fact in form.facts.items()}
                add_to_form(form, error, names)
            else:
                drafts.forget(request, request.path)
                if changes:
                    messages.success(request, gettext("The details were saved."))
                return redirect(url)
        return self._render_ticket(request, member, number, facts=form)

    @path("tickets/<int:number>/close/", name="portal_ticket_close")
    @members_only
    def close_ticket(self, request, member, number):
        """This is solved."""

        def close(ticket, by):
            actions.close_ticket(ticket, by=by)
            return gettext("The ticket is marked as solved.")

        return self._act(request, member, number, close)

    @path("tickets/<int:number>/reopen/", name="portal_ticket_reopen")
    @members_only
    def reopen_ticket(self, request, member, number):
        """It is not, after all."""

        def reopen(ticket, by):
            actions.reopen_ticket(ticket, by=by)
            return gettext("The ticket is open again.")

        return self._act(request, member, number, reopen)

    @path("tickets/<int:number>/privacy/", name="portal_ticket_privacy")
    @members_only
    def set_ticket_privacy(self, request, member, number):
        """Out of the organization's view, or back."""

        def set_privacy(ticket, by):
            private = request.POST.get("private") == "yes"
            actions.set_privacy(ticket, by=by, private=private)
            if private:
                return gettext("Only you, followers and the support team see this ticket now.")
            return gettext("Your organization sees this ticket again.")

        return self._act(request, member, number, set_privacy)

    @path("tickets/<int:number>/following/", name="portal_ticket_following")
    @members_only
    def set_ticket_following(self, request, member, number):
        """Whether the visitor follows the ticket, and wants mail about it."""

        def set_following(ticket, by):
            choice = request.POST.get("choice")
            if choice == "follow":
                actions.follow(ticket, by=by, member=by.member)
                return gettext("You follow this ticket now.")
            if choice == "unfollow":
                actions.unfollow(ticket, by=by, member=by.member)
                return gettext("You do not follow the ticket any more.")
            if choice == "mute":
                actions.mute(ticket, by=by)
                return gettext("We send you no mail about this ticket.")
            if choice == "unmute":
                actions.unmute(ticket, by=by)
                return gettext("We send you mail about this ticket again.")
            return ""

        return self._act(request, member, number, set_following)

    @path("tickets/<int:number>/rating/", name="portal_ticket_rating")
    @members_only
    def rate_ticket(self, request, member, number):
        """How it was."""
        member, ticket = self._ticket(request, member, number)
        url = self.portal_url(request, "portal_ticket", number)
        if request.method != "POST":
            return redirect(url)
        own = rating_of(ticket) if ticket.requester_id == member.pk else None
        form = RatingForm(request.POST, rating=own)
        if form.is_valid():
            try:
                actions.rate_ticket(ticket, by=Actor.for_member(member), **form.cleaned_data)
            except NotAllowed as error:
                messages.error(request, in_words(error))
                return redirect(url)
            except ActionError as error:
                add_to_form(form, error)
            else:
                drafts.forget(request, request.path)
                messages.success(request, gettext("Thank you for your answer."))
                return redirect(url)
        return self._render_ticket(request, member, number, rating=form)

    def _act(self, request, member, number, act):
        """Do what a form of one button says, and come back; ``act(ticket, by)`` returns what to
        say about it."""
        member, ticket = self._ticket(request, member, number)
        if request.method == "POST":
            try:
                words = act(ticket, Actor.for_member(member))
            except ActionError as error:
                messages.error(request, in_words(error))
            else:
                if words:
                    messages.success(request, words)
        url = self.portal_url(request, "portal_ticket", number)
        return self._back_to(request, member, ticket, url)

    def _back_to(self, request, member, ticket, url):
        """Lead to an address of the ticket; whoever stopped following may have lost sight of it."""
        if Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists():
            return redirect(url)
        return redirect(self.get_url(request))
