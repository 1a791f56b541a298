"""A mail as it would be, for editors who change its words."""

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal.models import (
    EmailTemplate,
    Event,
    Member,
    Message,
    Notification,
    Organization,
    Role,
    Status,
    Ticket,
)
from wagtail_portal.permissions import tickets_for_team

from .emails import context_of, render


def preview(*, instance: EmailTemplate, request, mode: str, **kwargs) -> HttpResponse:
    """The mail about the newest ticket that the editor may see; an invented one if there is none,
    for whoever changes words need not see tickets."""
    wording = instance
    with translation.override(wording.language or None):
        site = wording.site if wording.site_id else None
        ticket = _newest(request.user) or _invented(request.user)
        notification = Notification(
            event=wording.event or Event.REPLY_ADDED,
            recipient=ticket.requester.user,
            member=ticket.requester,
            site=site or ticket.site,
            ticket=ticket,
            message=_message(wording, ticket),
            by_team=wording.event != Event.TICKET_OPENED,
            data={"new": ticket.status.in_words()},
        )
        # A click on the real one would end somebody's mails.
        context = {**context_of(notification), "wording": wording, "unsubscribe_url": ""}
        subject, plain, html = render(notification.event, context)
    if mode == "text":
        return HttpResponse(f"{subject}\n\n{plain}", content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


def _newest(user) -> Ticket | None:
    tickets = tickets_for_team(user).select_related(
        "site", "status", "organization", "requester__user", "requester__role", "last_reply__author"
    )
    # Of visitors there is nothing that leads anywhere.
    return tickets.filter(organization__key=None).order_by("-team_updated_at", "-id").first()


def _message(wording, ticket) -> Message | None:
    if wording.event in (Event.TICKET_OPENED, Event.REPLY_ADDED):
        return ticket.last_reply
    return None


def _invented(user) -> Ticket:
    organization = Organization(name=gettext("Example company"))
    member = Member(user=user, organization=organization, role=Role(name="", tickets="own"))
    message = Message(body=gettext("Could you send us the log file?"), from_team=True, author=user)
    return Ticket(
        number=1042,
        subject=gettext("The export is stuck"),
        site=Site.objects.filter(is_default_site=True).first() or Site.objects.first(),
        organization=organization,
        requester=member,
        status=Status.objects.first(),
        last_reply=message,
    )
