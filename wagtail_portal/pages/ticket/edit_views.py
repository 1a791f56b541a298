"""Views that take the forms on a ticket, except for a reply."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Conflict, NotAllowed
from wagtail_portal.models import PortalSettings, rating_of
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import add_to_form, in_words
from wagtail_portal.pages.form_context import form_context
from wagtail_portal.permissions import Actor

from .fields_form import CustomerFieldsForm
from .forms import RatingForm
from .operations import back_to_ticket, mark_as_solved, perform
from .ticket_page import find_ticket_or_404, render_ticket


@members_only
def change_ticket_fields(request, page, member, number):
    """Change the designated fields."""
    member, ticket = find_ticket_or_404(request, member, number)
    url = page.portal_url(request, "portal_ticket", number)
    if request.method != "POST":
        return redirect(url)
    rows = PortalSettings.current(request).editable
    context = form_context(request, member)
    form = CustomerFieldsForm(request.POST, ticket=ticket, designations=rows, context=context)
    if form.is_valid():
        try:
            actions.change_fields(ticket, by=Actor.for_member(member), **form.arguments)
        except Conflict as conflict:
            form.show_conflicts(conflict.current)
        except NotAllowed as error:
            messages.error(request, in_words(error))
            return redirect(url)
        except ActionError as error:
            add_to_form(form, error, form.names)
        else:
            drafts.delete(request, request.path)
            if form.changes:
                messages.success(request, gettext("Details saved."))
            return redirect(url)
    return render_ticket(request, page, member, number, fields=form)


@members_only
def close_ticket(request, page, member, number):
    """Mark the ticket as solved."""
    return _perform(request, page, member, number, mark_as_solved)


@members_only
def reopen_ticket(request, page, member, number):
    """Reopen the ticket."""

    def reopen(ticket, by):
        actions.reopen_ticket(ticket, by=by)
        return gettext("The ticket was reopened.")

    return _perform(request, page, member, number, reopen)


@members_only
def set_ticket_privacy(request, page, member, number):
    """Hide the ticket from the organization, or show it again."""

    def set_privacy(ticket, by):
        private = request.POST.get("private") == "yes"
        actions.set_privacy(ticket, by=by, private=private)
        if private:
            return gettext("Only you, the followers and the support team can see this ticket now.")
        return gettext("Your organization can see this ticket again.")

    return _perform(request, page, member, number, set_privacy)


@members_only
def set_ticket_following(request, page, member, number):
    """Follow, unfollow, mute or unmute the ticket."""

    def set_following(ticket, by):
        choice = request.POST.get("choice")
        if choice == "follow":
            actions.follow(ticket, by=by, member=by.member)
            return gettext("You’re now following this ticket.")
        if choice == "unfollow":
            actions.unfollow(ticket, by=by, member=by.member)
            return gettext("You’re no longer following this ticket.")
        if choice == "mute":
            actions.mute(ticket, by=by)
            return gettext("We won’t send you emails about this ticket.")
        if choice == "unmute":
            actions.unmute(ticket, by=by)
            return gettext("We’ll send you emails about this ticket again.")
        return ""

    return _perform(request, page, member, number, set_following)


@members_only
def rate_ticket(request, page, member, number):
    """Rate the ticket."""
    member, ticket = find_ticket_or_404(request, member, number)
    url = page.portal_url(request, "portal_ticket", number)
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
            drafts.delete(request, request.path)
            messages.success(request, gettext("Thanks for your feedback."))
            return redirect(url)
    return render_ticket(request, page, member, number, rating=form)


def _perform(request, page, member, number, act):
    """Perform what a single button does and return to the ticket.

    :param act: takes the ticket and the actor, and returns a message for the member.
    """
    member, ticket = find_ticket_or_404(request, member, number)
    if request.method == "POST":
        perform(request, ticket, Actor.for_member(member), act)
    url = page.portal_url(request, "portal_ticket", number)
    return back_to_ticket(request, page, member, ticket, url)
