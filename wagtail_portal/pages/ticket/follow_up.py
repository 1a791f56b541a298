"""Follow-ups: the tickets that continue a locked one with the same people."""

from django.shortcuts import render

from wagtail_portal.actions import open_ticket
from wagtail_portal.models import Member, PortalSettings
from wagtail_portal.pages.uploads import find_uploads, save_member_files
from wagtail_portal.permissions import Actor

from .forms import FollowUpForm


def continue_in_follow_up(request, page, member, ticket):
    """Offer a reply to a ticket that has been locked meanwhile as a follow-up, with its text and
    files."""
    data = request.POST.copy()
    data.setdefault("subject", ticket.subject)
    form = follow_up_form(request, member, data, request.FILES)
    # Validated only so that its files can be kept; as a reply, it was valid already.
    form.is_valid()
    save_member_files(request, member, form)
    return render_follow_up(request, page, ticket, form, was_reply=True)


def follow_up_form(request, member, *data, **kwargs):
    """Return the form for a follow-up."""
    return FollowUpForm(
        *data,
        file_limits=PortalSettings.current(request).file_limits,
        find_uploads=lambda ids: find_uploads(member, ids),
        **kwargs,
    )


def open_follow_up(request, member, ticket, data):
    """Open a follow-up to the ticket and return it."""
    takes_part = Member.objects.with_access().filter(user__is_active=True)
    return open_ticket(
        site=PortalSettings.current(request).site,
        requester=member,
        by=Actor.for_member(member),
        # Everyone who took part in the old ticket follows the new one.
        followers=[
            *takes_part.filter(pk=ticket.requester_id),
            *takes_part.filter(follower_links__ticket=ticket),
        ],
        follow_up_to=ticket,
        **data,
    )


def render_follow_up(request, page, ticket, form, *, was_reply=False):
    """Render the page with the form for a follow-up.

    :param was_reply: whether the form holds a reply that could no longer be sent.
    """
    number = ticket.number
    context = {
        "page": page,
        "ticket": ticket,
        "form": form,
        "was_reply": was_reply,
        "follow_up_url": page.portal_url(request, "portal_ticket_follow_up", number),
        "ticket_url": page.portal_url(request, "portal_ticket", number),
    }
    return render(request, "wagtail_portal/ticket/follow_up.html", context)
