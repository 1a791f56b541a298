"""Mute a ticket from within an email, without signing in (RFC 8058).

GET changes nothing, because mail scanners follow links. The token names the member and the ticket,
and can do nothing else. The page reveals nothing that isn't in every email about the ticket.
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

#: What email clients send (RFC 8058, section 3.1).
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt
def unsubscribe(request, token: str):
    """Ask first, and mute the ticket on a POST."""
    response = _answer(request, token)
    add_never_cache_headers(response)
    return response


def _answer(request, token):
    member, ticket = _find(token)
    if request.method == "POST":
        if ticket is not None:
            _mute(member, ticket)
        if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            # Email clients don't follow redirects.
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
    members = Member.objects.select_related("user", "role", "organization")
    member = members.filter(pk=member_pk).first()
    ticket = Ticket.objects.filter(pk=ticket_pk).first()
    if member is None or ticket is None:
        return None, None
    if ticket.merged_into_id is not None:
        # Emails are about the ticket in which the conversation continues.
        into = Ticket.objects.visible_to(member).filter(pk=ticket.merged_into_id)
        ticket = into.first() or ticket
    return member, ticket


def _mute(member, ticket) -> None:
    try:
        mute(ticket, by=Actor.for_member(member))
    except NotAllowed:
        # Members who lost access to the ticket get no emails about it either.
        return
