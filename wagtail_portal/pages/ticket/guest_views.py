"""The view that lists a ticket's guests, adds some and removes them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal.actions import share_ticket, unshare_ticket
from wagtail_portal.exceptions import ActionError, Deleted
from wagtail_portal.models import PortalSettings, guests_of
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.forms import add_action_error, perform
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.query_params import parse_pk

from .forms import GuestForm
from .ticket_page import find_ticket_or_404


@members_only
def ticket_guests(request, page, member, number):
    """List, add and remove guests, for members who may share the ticket."""
    member, ticket = find_ticket_or_404(request, member, number)
    by, ticket_url = Actor.for_member(member), page.portal_url(request, "portal_ticket", number)
    if not (PortalSettings.current(request).customers_share and by.may_share(ticket)):
        if request.method == "POST":
            raise Http404
        return redirect(ticket_url)
    removed = request.POST.get("remove", "")
    is_added = request.method == "POST" and "remove" not in request.POST
    initial = drafts.initial(request, request.path)
    form = GuestForm(request.POST if is_added else None, initial=initial)
    if removed:
        perform(request, lambda: _remove(ticket, by, removed))
    if removed or (is_added and _share(request, ticket, by, form)):
        return redirect(request.path)
    context = {
        "page": page,
        "ticket": ticket,
        "form": form,
        "restored": "" if form.is_bound else drafts.notice(request, request.path),
        "guests": guests_of(ticket),
        "guests_url": request.path,
        "ticket_url": ticket_url,
    }
    return render(request, "wagtail_portal/ticket/guests.html", context)


def _share(request, ticket, by, form) -> bool:
    if not form.is_valid():
        return False
    try:
        guest = share_ticket(ticket, by=by, **form.cleaned_data)
    except Deleted:
        raise
    except ActionError as error:
        add_action_error(form, error)
        return False
    drafts.confirm(request)
    text = gettext("We’ve sent a link to %(email)s.")
    messages.success(request, text % {"email": guest.email})
    return True


def _remove(ticket, by, key: str) -> str:
    guest = guests_of(ticket).filter(pk=parse_pk(key)).first()
    if guest is None:
        # Removed already, for example by a double click.
        return ""
    guest.ticket = ticket
    unshare_ticket(guest, by=by)
    return gettext("%(email)s no longer has access to this ticket.") % {"email": guest.email}
