"""Where a member ends the mails about a ticket from within a mail, without signing in (RFC 8058).

A GET changes nothing: mail scanners follow links (threat 16). The token says which member and which
ticket, and can do nothing else; the page tells nothing that is not in every mail of the ticket.
"""

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt

from wagtail_portal.actions import mute
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Member, Mute, Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.portal_urls import MUTE_SALT

#: What mail programs send (RFC 8058, 3.1).
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt
def unsubscribe(request, token: str):
    """Ask with a button, and do it on a POST."""
    response = _answer(request, token)
    add_never_cache_headers(response)
    return response


def _answer(request, token):
    member, ticket = _find(token)
    if request.method == "POST":
        if ticket is not None:
            _mute(member, ticket)
        if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            # Mail programs follow no redirect.
            return HttpResponse(status=200 if ticket else 404)
        return redirect(request.path)
    muted = ticket is not None and Mute.objects.filter(ticket=ticket, member=member).exists()
    context = {"ticket": ticket, "muted": muted, "unsubscribe_url": request.path}
    status = 200 if ticket else 404
    return render(request, "wagtail_portal/account/unsubscribe.html", context, status=status)


def _find(token) -> tuple[Member | None, Ticket | None]:
    try:
        ticket_pk, member_pk = signing.loads(token, salt=MUTE_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None, None
    member = Member.objects.select_related("user", "role", "organization").filter(pk=member_pk)
    ticket = Ticket.objects.filter(pk=ticket_pk)
    if not (found := (member.first(), ticket.first()))[0] or not found[1]:
        return None, None
    return found


def _mute(member, ticket) -> None:
    try:
        mute(ticket, by=Actor.for_member(member))
    except NotAllowed:
        # Who may not read the ticket any more gets no mail about it either.
        return
