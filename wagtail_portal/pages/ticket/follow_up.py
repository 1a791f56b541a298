"""Follow-ups: the tickets that continue a locked one with the same people."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal.actions import open_ticket
from wagtail_portal.exceptions import ActionError, Deleted
from wagtail_portal.fields.files import keep_files
from wagtail_portal.models import Member, PortalSettings
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import ticket_not_found
from wagtail_portal.pages.forms import add_action_error, save_uploads
from wagtail_portal.permissions import Actor, Verb

from .forms import FollowUpForm
from .ticket_page import find_ticket_or_404, gives_text_back


@members_only
@gives_text_back
def follow_up(request, page, member, number):
    """Show the form for a follow-up to a locked ticket, or open one."""
    member, ticket = find_ticket_or_404(request, member, number)
    if not Actor.for_member(member).may(Verb.OPEN):
        # As for a ticket that they can't see.
        raise ticket_not_found(number)
    if request.method != "POST":
        if not PortalSettings.current(request).locks(ticket):
            return redirect(page.portal_url(request, "portal_ticket", number) + "#reply")
        initial = {"subject": ticket.subject, **drafts.initial(request, request.path)}
        form = FollowUpForm.for_member(request, member, initial=initial)
        keep_files(form, drafts.load(request, request.path))
        return _render_follow_up(request, page, ticket, form)
    form = FollowUpForm.for_member(request, member, request.POST, request.FILES)
    if "preview" in request.POST:
        form.previewed = form.preview(Actor.for_member(member)) or ""
        if request.POST["preview"] == "part":
            context = {"preview": form.previewed, "errors": form.preview_errors}
            return render(request, "wagtail_portal/includes/preview.html", context)
    elif form.is_valid():
        try:
            opened = _open_follow_up(request, member, ticket, form.cleaned_data)
        except Deleted:
            raise
        except ActionError as error:
            add_action_error(form, error)
        else:
            drafts.confirm(request)
            text = gettext("Ticket #%(number)s was opened. We’ll email you when we reply.")
            messages.success(request, text % {"number": opened.number})
            return redirect(page.portal_url(request, "portal_ticket", opened.number))
    save_uploads(request, member, form)
    return _render_follow_up(request, page, ticket, form)


def offer_follow_up(request, page, member, ticket):
    """Offer a follow-up with the text and files of a reply to a ticket that has just been
    locked."""
    data = request.POST.copy()
    data.setdefault("subject", ticket.subject)
    form = FollowUpForm.for_member(request, member, data, request.FILES)
    # Validated only so that its files can be kept; as a reply, it was valid already.
    form.is_valid()
    save_uploads(request, member, form)
    return _render_follow_up(request, page, ticket, form, was_reply=True)


def _open_follow_up(request, member, ticket, data):
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


def _render_follow_up(request, page, ticket, form, *, was_reply=False):
    context = {
        "page": page,
        "ticket": ticket,
        "form": form,
        "was_reply": was_reply,
        "restored": "" if form.is_bound else drafts.notice(request, request.path),
        "follow_up_url": page.portal_url(request, "portal_ticket_follow_up", ticket.number),
        "ticket_url": page.portal_url(request, "portal_ticket", ticket.number),
    }
    return render(request, "wagtail_portal/ticket/follow_up.html", context)
