"""Show a ticket, and handle its reply, its buttons and its forms."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal import actions
from wagtail_portal.exceptions import (
    ActionError,
    Conflict,
    Deleted,
    Locked,
    NewerReplies,
    NotAllowed,
)
from wagtail_portal.models import Guest, Message, PortalSettings, Ticket, rating_of
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import in_any_organization, members_only, refused
from wagtail_portal.pages.errors import NotFound
from wagtail_portal.pages.forms import (
    add_action_error,
    form_context,
    perform,
    save_uploads,
)
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.read_only_mode import allowed_when_read_only
from wagtail_portal.utils.query_params import parse_pk, pk_in

from .follow_up import offer_follow_up
from .forms import CustomerFieldsForm, RatingForm, ReplyForm
from .mentions import mentioned_teammates
from .ticket_page import (
    find_ticket_or_404,
    gives_text_back,
    redirect_to_ticket,
    render_ticket,
)


@members_only
@in_any_organization
def ticket(request, page, member, number):
    """Show a ticket, to guests on a page of their own."""
    try:
        return render_ticket(request, page, member, number)
    except NotFound:
        own = Guest.objects.active().filter(ticket__number=number, member__user=request.user)
        if not own.exists():
            raise
        return redirect(page.portal_url(request, "portal_shared", number))


@members_only
@gives_text_back
def reply_to_ticket(request, page, member, number):
    """Send a reply and return to the conversation, or preview the reply."""
    member, ticket = find_ticket_or_404(request, member, number)
    url = page.portal_url(request, "portal_ticket", number)
    if request.method != "POST":
        return redirect(url)
    form = ReplyForm.for_member(request, member, request.POST, request.FILES)
    by, shown = Actor.for_member(member), {}
    is_solved = "solved" in request.POST
    if "preview" in request.POST:
        shown["preview"] = form.preview(by)
        if request.POST["preview"] == "part":
            context = {"errors": form.preview_errors, **shown}
            return render(request, "wagtail_portal/includes/preview.html", context)
    elif form.is_valid() and is_solved and form.is_empty:
        perform(request, lambda: _mark_as_solved(ticket, by))
        return redirect_to_ticket(request, page, member, ticket, url)
    elif form.is_valid() and (asked := _ask_about_mentions(request, ticket, member, form)):
        shown["mentioned"] = asked
    elif form.is_valid():
        try:
            last_read = pk_in(request.POST, "last_read")
            message = actions.reply(ticket, by=by, last_read=last_read, **form.cleaned_data)
        except Locked:
            return _continue_elsewhere(request, page, member, ticket, form)
        except Deleted:
            raise
        except NewerReplies as error:
            shown["newer"] = [message.pk for message in error.messages]
        except ActionError as error:
            add_action_error(form, error)
        else:
            drafts.confirm(request)
            messages.success(request, gettext("Your reply was sent."))
            if request.POST.get("add") == "yes":
                for teammate in mentioned_teammates(ticket, member, message.body):
                    add = partial(_add_follower, ticket, by, teammate)
                    perform(request, add)
            if is_solved:
                perform(request, lambda: _mark_as_solved(ticket, by))
            return redirect(f"{url}#message-{message.pk}")
    save_uploads(request, member, form)
    return render_ticket(request, page, member, number, form, **shown)


def _continue_elsewhere(request, page, member, ticket, form):
    """Offer to send a reply to the ticket that this one was merged into, or else a follow-up."""
    into = Ticket.objects.visible_to(member).filter(pk=ticket.merged_into_id).first()
    if into is None:
        return offer_follow_up(request, page, member, ticket)
    by = Actor.for_member(member)
    if not by.may(Verb.REPLY, into) or by.is_locked_out("reply", into):
        return offer_follow_up(request, page, member, into)
    text = gettext(
        "Your reply wasn’t sent because ticket #%(number)s was merged into this one in the "
        "meantime. Send it here."
    )
    messages.warning(request, text % {"number": ticket.number})
    save_uploads(request, member, form)
    return render_ticket(request, page, member, into.number, form)


def _ask_about_mentions(request, ticket, member, form) -> list:
    """Return the teammates whom a reply mentions, unless its author has answered whether to add
    exactly these as followers."""
    teammates = mentioned_teammates(ticket, member, form.cleaned_data["body"])
    answered = request.POST.get("add") in ("yes", "no")
    confirmed = {parse_pk(key) for key in request.POST.getlist("mentioned")} if answered else set()
    return [] if {row.pk for row in teammates} <= confirmed else teammates


def _add_follower(ticket, by, teammate) -> str:
    actions.follow(ticket, by=by, member=teammate)
    return gettext("%(names)s is now following this ticket.") % {"names": teammate.name}


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

    def save():
        actions.change_fields(ticket, by=Actor.for_member(member), **form.arguments)
        return gettext("Details saved.") if form.changes else ""

    response = _submit(request, form, save, url, form.names)
    return response or render_ticket(request, page, member, number, fields=form)


@members_only
@gives_text_back
def rate_ticket(request, page, member, number):
    """Rate the ticket."""
    member, ticket = find_ticket_or_404(request, member, number)
    url = page.portal_url(request, "portal_ticket", number)
    if request.method != "POST":
        return redirect(url)
    own = rating_of(ticket) if ticket.requester_id == member.pk else None
    form = RatingForm(request.POST, rating=own)

    def save():
        actions.rate_ticket(ticket, by=Actor.for_member(member), **form.cleaned_data)
        return gettext("Thanks for your feedback.")

    response = _submit(request, form, save, url)
    return response or render_ticket(request, page, member, number, rating=form)


def _submit(request, form, save, url, names=None):
    """Save a form and redirect to ``url``; return None if the form has errors or conflicts.

    :param save: returns a message for the member.
    :param names: as for :func:`.add_action_error`.
    """
    if not form.is_valid():
        return None
    try:
        text = save()
    except Deleted:
        raise
    except NotAllowed as error:
        return refused(request, error, url)
    except Conflict as conflict:
        form.show_conflicts(conflict.current)
        return None
    except ActionError as error:
        add_action_error(form, error, names)
        return None
    else:
        drafts.confirm(request)
        if text:
            messages.success(request, text)
    return redirect(url)


@members_only
def close_ticket(request, page, member, number):
    """Mark the ticket as solved."""
    return _perform(request, page, member, number, _mark_as_solved)


def _mark_as_solved(ticket, by) -> str:
    actions.close_ticket(ticket, by=by)
    return gettext("The ticket was marked as solved.")


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
        match request.POST.get("choice"):
            case "follow":
                actions.follow(ticket, by=by, member=by.member)
                return gettext("You’re now following this ticket.")
            case "unfollow":
                actions.unfollow(ticket, by=by, member=by.member)
                return gettext("You’re no longer following this ticket.")
            case "mute":
                actions.mute(ticket, by=by)
                return gettext("We won’t send you emails about this ticket.")
            case "unmute":
                actions.unmute(ticket, by=by)
                return gettext("We’ll send you emails about this ticket again.")
        return ""

    return _perform(request, page, member, number, set_following)


def _perform(request, page, member, number, act):
    """Do what a single button does and return to the ticket.

    :param act: takes the ticket and the actor, and returns a message for the member.
    """
    member, ticket = find_ticket_or_404(request, member, number)
    if request.method == "POST":
        perform(request, lambda: act(ticket, Actor.for_member(member)))
    url = page.portal_url(request, "portal_ticket", number)
    return redirect_to_ticket(request, page, member, ticket, url)


@allowed_when_read_only
@members_only
def mark_ticket_read(request, page, member, number):
    """Mark a ticket as read up to a message.

    Opening a ticket is a GET and doesn't mark it as read, because browsers preload pages and email
    scanners follow links. Instead, read-state.js sends a POST once the page is visible. It names
    the newest reply on the page, so that a later one stays unread. Without JavaScript there's a
    button.
    """
    member, ticket = find_ticket_or_404(request, member, number)
    url = page.portal_url(request, "portal_ticket", number)
    if request.method != "POST":
        return redirect(url)
    pk = pk_in(request.POST, "message")
    message = Message.objects.visible_to(member).filter(ticket=ticket, pk=pk).first()
    if message is None:
        raise Http404
    try:
        actions.mark_read(ticket, by=Actor.for_member(member), message=message)
    except Deleted as error:
        raise Http404 from error
    if "application/json" in request.headers.get("Accept", ""):
        # Sent by the script, which stays on the page.
        return HttpResponse(status=204)
    return redirect(url)


@members_only
def mark_all_tickets_read(request, page, member):
    """Mark every ticket as read."""
    if request.method == "POST":
        actions.mark_all_read(by=Actor.for_member(member))
    return redirect(page.get_url(request))
