"""The view that lists a ticket's followers, adds some and removes them."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from wagtail_portal import actions
from wagtail_portal.actions import follow, may_decide_suggestions, unfollow
from wagtail_portal.exceptions import ActionError, Deleted, NotAllowed
from wagtail_portal.models import Member, SuggestedFollower
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only, refused
from wagtail_portal.pages.forms import add_action_error, find_teammates, perform
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import parse_pk

from .forms import FollowersForm
from .ticket_page import find_ticket_or_404, redirect_to_ticket

#: How many teammates are offered; others are added by their email address.
TEAMMATES_SHOWN = 50
FOLLOWERS_SHOWN = 200
#: The buttons at a suggested follower.
SUGGESTION = {"follow", "dismiss"}


@members_only
def ticket_followers(request, page, member, number):
    """List, add and remove followers, for members who can change the ticket."""
    member, ticket = find_ticket_or_404(request, member, number)
    if not Actor.for_member(member).may(Verb.REPLY):
        url = page.portal_url(request, "portal_ticket", number)
        is_sent = request.method == "POST"
        return refused(request, NotAllowed(Verb.REPLY), url) if is_sent else redirect(url)
    removed = request.POST.get("remove", "")
    decided = SUGGESTION & request.POST.keys()
    is_added = request.method == "POST" and "remove" not in request.POST and not decided
    initial = drafts.initial(request, request.path)
    form = _followers_form(member, ticket, request.POST if is_added else None, initial)
    if removed:
        perform(request, lambda: _remove(ticket, Actor.for_member(member), removed))
    if decided:
        perform(request, lambda: _decide(ticket, member, request.POST))
    if removed or decided or (is_added and _add(request, member, ticket, form)):
        return redirect_to_ticket(request, page, member, ticket, request.path)
    return _render_followers(request, page, member, ticket, form)


def _followers_form(member, ticket, data, initial):
    teammates = (
        Member.objects.visible_to(member)
        .with_access()
        .filter(user__is_active=True)
        .exclude(pk__in=[member.pk, ticket.requester_id])
        .exclude(follower_links__ticket=ticket)
        .select_related("user")
        .order_by(f"user__{member.user.get_email_field_name()}")
    )
    return FollowersForm(
        data,
        initial=initial,
        teammates=teammates[:TEAMMATES_SHOWN],
        find_teammates=lambda addresses: find_teammates(member, addresses),
    )


def _add(request, member, ticket, form) -> bool:
    if not form.is_valid():
        return False
    added = form.members
    try:
        for teammate in added:
            follow(ticket, by=Actor.for_member(member), member=teammate)
    except Deleted:
        raise
    except ActionError as error:
        add_action_error(form, error)
        return False
    drafts.confirm(request)
    if added:
        text = ngettext(
            "%(names)s is now following this ticket.",
            "%(names)s are now following this ticket.",
            len(added),
        )
        names = comma_list(teammate.name for teammate in added)
        messages.success(request, text % {"names": names})
    return True


def _decide(ticket, member, data) -> str:
    by, key = Actor.for_member(member), parse_pk(data.get("follow") or data.get("dismiss", ""))
    found = next((row for row in suggested_members(ticket, member) if row.pk == key), None)
    if found is None:
        # Decided already, for example by a double click.
        return ""
    if "follow" in data:
        follow(ticket, by=by, member=found)
        return gettext("%(name)s is now following this ticket.") % {"name": found.name}
    actions.dismiss_suggestion(ticket, by=by, member=found)
    return ""


def _remove(ticket, by, key: str) -> str:
    found = ticket.followers.select_related("user").filter(pk=parse_pk(key)).first()
    if found is None:
        # Removed already, for example by a double click.
        return ""
    unfollow(ticket, by=by, member=found)
    return gettext("%(name)s is no longer following this ticket.") % {"name": found.name}


def _render_followers(request, page, member, ticket, form):
    followers = ticket.followers.select_related("user").order_by("follower_links__id")
    context = {
        "page": page,
        "ticket": ticket,
        "form": form,
        "restored": "" if form.is_bound else drafts.notice(request, request.path),
        "followers": [
            {"pk": row.pk, "name": row.name, "is_you": row.pk == member.pk}
            for row in followers[:FOLLOWERS_SHOWN]
        ],
        "suggested": suggested_members(ticket, member),
        "followers_url": request.path,
        "ticket_url": page.portal_url(request, "portal_ticket", ticket.number),
    }
    return render(request, "wagtail_portal/ticket/add_followers.html", context)


def suggested_members(ticket, member) -> list[Member]:
    """Return the members who got a copy of an email about the ticket, for the requester: those to
    whom they sent it themselves, and others whom they may know. No one else is asked."""
    if not may_decide_suggestions(ticket, Actor.for_member(member)):
        return []
    known = Member.objects.visible_to(member).values("pk")
    found = SuggestedFollower.objects.to_decide(ticket)
    found = found.filter(Q(sender=member) | Q(member__in=known))
    return [row.member for row in found]
