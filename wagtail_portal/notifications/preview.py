"""Previews of email templates."""

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal.events import get_event
from wagtail_portal.log_entries.ticket_fields import describe_change
from wagtail_portal.models import (
    EmailTemplate,
    Member,
    Message,
    MessageKind,
    Notification,
    Organization,
    Role,
    Status,
    Ticket,
    Urgency,
)
from wagtail_portal.permissions import tickets_for_team

from .context import email_context
from .emails import render_email


def preview(*, instance: EmailTemplate, request, mode: str, **kwargs) -> HttpResponse:
    """Return the email about the newest ticket that the editor can see, or about a sample."""
    email_template = instance
    event = get_event(email_template.event or "reply_added")
    with translation.override(email_template.language or None):
        ticket = _newest_ticket(request.user) or _sample_ticket(request.user)
        notification = Notification(
            event=event.key,
            recipient=ticket.requester.user,
            member=ticket.requester,
            site=email_template.site if email_template.site_id else ticket.site,
            ticket=ticket,
            message=_message(ticket, event) if email_template.event else None,
            by_team=not event.opens_ticket,
            data={"new": ticket.status.snapshot(), "merged": ticket.number - 1},
        )
        # A click on the real link would mute the ticket.
        changed = {"email_template": email_template, "unsubscribe_url": ""}
        context = {**email_context(notification), **changed}
        if event.key == "fields_changed" and not context["without_content"]:
            change = describe_change(gettext("Urgency"), None, Urgency.NORMAL, Urgency.HIGH)
            context["changes"] = [change]
        subject, plain, html = render_email(event, context)
    if mode == "text":
        return HttpResponse(f"{subject}\n\n{plain}", content_type="text/plain; charset=utf-8")
    return HttpResponse(html)


def _message(ticket, event) -> Message | None:
    """Return the message that the email shows."""
    if not event.shows_message:
        return None
    replies = Message.objects.filter(ticket=ticket.pk, kind=MessageKind.REPLY)
    opening = replies.order_by("pk").first() if event.opens_ticket else None
    return opening or ticket.last_reply


def _newest_ticket(user) -> Ticket | None:
    tickets = tickets_for_team(user).select_related(
        "site", "status", "organization", "requester__user", "requester__role", "last_reply__author"
    )
    # Emails to visitors have no links.
    return tickets.filter(organization__key=None).order_by("-team_updated_at", "-id").first()


def _sample_ticket(user) -> Ticket:
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
