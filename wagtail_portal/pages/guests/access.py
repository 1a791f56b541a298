"""Who may use a guest's pages: the guests of one ticket, who are signed in."""

from functools import wraps

from django.shortcuts import redirect, render
from django.utils.translation import gettext

from wagtail_portal.models import Guest, PortalSettings, Ticket
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import open_to_visitors, sign_in_first
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.errors import NotFound
from wagtail_portal.signin.sessions import has_verified_by_code
from wagtail_portal.utils import markup
from wagtail_portal.utils.timezones import naming_zone


def guests_only(view):
    """Let only guests of the ticket use a ``view(request, page, guest, ...)``. Everyone else gets
    what they'd get for a ticket that doesn't exist, and gets back what they wrote."""

    @open_to_visitors
    @wraps(view)
    def wrapper(request, page, number, **kwargs):
        if not request.user.is_authenticated:
            return sign_in_first(request)
        guest = find_guest(request, number)
        if guest is None and request.method != "POST" and _is_visible(request, number):
            return redirect(page.portal_url(request, "portal_ticket", number))
        if guest is None:
            return _refuse(request, page, number)
        if request.method == "POST" and "discard" in request.POST:
            drafts.delete(request, request.path)
            return redirect(page.portal_url(request, "portal_shared", number))
        with naming_zone(True):
            return view(request, page, guest, **kwargs)

    return wrapper


def find_guest(request, number: int) -> Guest | None:
    """Return the guest as whom a user has access to the ticket with that number, or None."""
    rows = Guest.objects.active().filter(ticket__number=number, member__user=request.user)
    guest = rows.select_related("member__user", "member__role", "member__organization").first()
    if guest is None:
        return None
    # As for members, this says which tickets can be seen, and where.
    guest.member.site_of_tickets = PortalSettings.site_of_tickets(request)
    tickets = Ticket.objects.visible_to(guest.member).filter(pk=guest.ticket_id)
    ticket = tickets.select_related("status", "organization", "requester__user", "site").first()
    if ticket is None:
        return None
    guest.ticket = ticket
    return guest


def find_offer(request, number: int) -> Guest | None:
    """Return the guest that a user can become, because they verified the address in this session
    before the ticket was shared with it, or have access to an organization."""
    site, found = PortalSettings.site_of_tickets(request), Guest.objects.active()
    if site is not None:
        found = found.filter(ticket__site=site)
    for guest in found.filter(ticket__number=number, member=None):
        if has_verified_by_code(request, guest.email):
            return guest
    return None


def _is_visible(request, number: int) -> bool:
    """Return whether a user sees the ticket as a member, with a link that a guest was sent."""
    own = portal_context(request).memberships
    return any(Ticket.objects.visible_to(row).filter(number=number).exists() for row in own)


def _refuse(request, page, number):
    offer = find_offer(request, number)
    if offer is not None and request.method != "POST":
        context = {
            "page": page,
            "number": number,
            "accept_url": page.portal_url(request, "portal_shared_accept", number),
        }
        return render(request, "wagtail_portal/guests/accept.html", context)
    text = gettext(
        "There is no ticket #%(number)s that you can see. If it was shared with you, sign out, "
        "open the link again, and sign in with a code that we send to the address that got the "
        "link."
    ) % {"number": number}
    body = markup.clean(request.POST.get("body", ""))
    if not body:
        raise NotFound(gettext("Ticket not found"), text)
    context = {"page": page, "text": text, "body": body, "home_url": page.get_url(request)}
    return render(request, "wagtail_portal/ticket/deleted.html", context, status=404)
