"""Receivers that write notifications in the transaction of the action."""

from wagtail.models import Site

from wagtail_portal import conf, signals
from wagtail_portal.models import (
    RETRY_PERIOD,
    EmailTemplate,
    Notification,
    PortalSettings,
    display_name,
    preview_requested,
)
from wagtail_portal.utils import after_response

from .notify import notify_event, write_secret
from .preview import preview
from .recipients import group_members
from .tasks import send_after_response, send_soon


def connect() -> None:
    """Connect the receivers that don't belong to an event."""
    uid = "wagtail_portal.notifications"
    signals.emails_retried.connect(on_emails_retried, dispatch_uid=uid)
    after_response.connect()
    preview_requested.connect(preview, sender=EmailTemplate, dispatch_uid=uid)


def on_ticket_opened(*, ticket, message, followers, notify_addresses, by, **kwargs):
    """Confirm the ticket to the requester, and notify everyone who takes part."""
    about = {"ticket": ticket, "message": message}
    notify_event("ticket_opened", by=by, followers=followers, team_emails=notify_addresses, **about)


def on_status_changed(*, ticket, old, new, by, **kwargs):
    """Notify everyone who takes part, customers by the label for customers."""
    portal = PortalSettings.cached(ticket.site)
    is_shown = any(row.builtin == "status" for row in portal.designated("on_ticket"))
    notify_event(
        "status_changed",
        by=by,
        ticket=ticket,
        data={"old": old.snapshot(), "new": new.snapshot()},
        # Two statuses of the team can have the same label for customers.
        customers=is_shown and old.label != new.label,
        exclude=ticket.requester if _asks_for_rating(ticket, old, new, by) else None,
    )


def on_ticket_closed(*, ticket, old, new, by, **kwargs):
    """Ask the requester for a rating instead of announcing the new status."""
    if _asks_for_rating(ticket, old, new, by):
        notify_event("satisfaction_asked", by=by, ticket=ticket)


def _asks_for_rating(ticket, old, new, by) -> bool:
    by_requester = by.is_requester_of(ticket)
    is_closing = new.is_closed and not old.is_closed
    return is_closing and not by_requester and PortalSettings.cached(ticket.site).ask_satisfaction


def on_fields_changed(*, ticket, changes, urgency, by, **kwargs):
    """Notify everyone who takes part, customers only of designated fields."""
    stored = {f"field:{key}": list(both) for key, both in changes.items()}
    if urgency:
        stored["urgency"] = [str(value) for value in urgency]
    designated = PortalSettings.cached(ticket.site).designated("on_ticket")
    customers = any(row.key in stored for row in designated)
    data = {"changes": stored}
    notify_event("fields_changed", by=by, ticket=ticket, customers=customers, data=data)


def on_ticket_assigned(*, ticket, old, new, old_group, new_group, by, **kwargs):
    """Notify the new assignee, or the new group if nobody is assigned."""
    if new is not None and new != old:
        agents, group = [new], ""
    elif ticket.assignee_id is None and new_group is not None and new_group != old_group:
        agents, group = group_members(new_group.pk), new_group.name
    else:
        return
    notify_event("ticket_assigned", by=by, ticket=ticket, agents=agents, data={"group": group})


def on_join_requested(*, join_request, site, by, **kwargs):
    """Notify those who can approve the request. The outbox stores only its key."""
    about = {"site": _or_default(site), "organization": join_request.organization}
    notify_event("join_requested", by=by, data={"join_request": join_request.pk}, **about)


def on_member_invited(*, invitation, token, by, **kwargs):
    """Send an invitation. Its link doesn't sign in: a code verifies the email address."""
    row = write_secret(
        "member_invited",
        _or_default(invitation.site),
        invitation.email,
        min(invitation.expires_at, invitation.created_at + RETRY_PERIOD),
        invitation=invitation,
        # The team invites in the name of the portal.
        context={"inviter": display_name(by.user) if by.member is not None else ""},
        token=token,
    )
    send_soon(row.batch)


def on_code_requested(*, request, code, **kwargs):
    """Send a visitor's verification code. It contains nothing that was typed, because a stranger
    may have chosen the address."""
    context = {"code": code, "minutes": conf.VISITOR_CODE_MINUTES}
    expires_at = request.code_expires_at
    row = write_secret("request_code", request.site, request.address, expires_at, context=context)
    send_soon(row.batch)


def on_sign_in_code_requested(*, site, address, template, context, expires_at, **kwargs):
    """Send a sign-in code after the response, which then takes as long for an unknown address."""
    secret = {"template": template, "context": context}
    row = write_secret("sign_in", site, address, expires_at, **secret)
    send_after_response(row.batch)


def on_emails_retried(*, notifications, **kwargs):
    """Send these emails now instead of waiting for ``send_emails``."""
    batches = Notification.objects.filter(pk__in=notifications).values_list("batch", flat=True)
    for batch in set(batches):
        send_soon(batch)


def _or_default(site) -> Site:
    return site or Site.objects.get(is_default_site=True)
