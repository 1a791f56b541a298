"""Receivers that write notifications in the transaction of the action."""

from wagtail_portal import conf, signals
from wagtail_portal.events import get_event
from wagtail_portal.models import (
    RETRY_PERIOD,
    EmailTemplate,
    Member,
    Notification,
    PortalSettings,
    preview_requested,
)
from wagtail_portal.portal_urls import shared_url, site_with_portal
from wagtail_portal.utils.links import find_link

from .lookups import members_of_group
from .names import customer_name
from .notify import notify_event, write_secret
from .preview import preview
from .recipients import Occasion, recipients_of
from .tasks import send_after_response, send_soon


def connect() -> None:
    """Connect the receivers that don't belong to an event."""
    uid = "wagtail_portal.notifications"
    signals.emails_retried.connect(on_emails_retried, dispatch_uid=uid)
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
        exclude=_asked_for_rating(ticket, old, new, by),
    )


def on_ticket_closed(*, ticket, old, new, by, **kwargs):
    """Ask the requester for a rating instead of announcing the new status."""
    if _asks_for_rating(ticket, old, new, by):
        notify_event("satisfaction_asked", by=by, ticket=ticket)


def _asked_for_rating(ticket, old, new, by) -> Member | None:
    """Return the requester if they get the email that asks for a rating."""
    if not _asks_for_rating(ticket, old, new, by):
        return None
    asks = get_event("satisfaction_asked")
    asked = recipients_of(Occasion(asks, by, ticket.site, ticket=ticket))
    return asked[0].member if asked else None


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
    """Notify the new assignee, or the new group if no one is assigned."""
    if new is not None and new != old:
        agents, group = [new], ""
    elif ticket.assignee_id is None and new_group is not None and new_group != old_group:
        agents, group = members_of_group(new_group.pk, ticket), new_group.name
    else:
        return
    notify_event("ticket_assigned", by=by, ticket=ticket, agents=agents, data={"group": group})


def on_note_added(*, ticket, message, agents, by, **kwargs):
    """Notify the assignee, unless the note mentions them: that's an event of its own."""
    if ticket.assignee not in agents:
        notify_event("note_added", by=by, ticket=ticket)


def on_follower_changed(*, ticket, member, following, by, **kwargs):
    """Notify someone whom someone else has added."""
    if following and by.member != member:
        notify_event("follower_added", by=by, ticket=ticket, members=[member])


def on_requester_changed(*, ticket, old, new, by, **kwargs):
    """Notify the new requester, and the former one, who is a follower now."""
    notify_event("requester_changed", by=by, ticket=ticket, members=[new, old])


def on_ticket_moved(*, ticket, by, **kwargs):
    """Notify the new requester. No one of the former organization sees the ticket any longer."""
    notify_event("ticket_moved", by=by, ticket=ticket, members=[ticket.requester])


def on_tickets_merged(*, ticket, merged, by, **kwargs):
    """Notify everyone who took part in the ticket that is closed now."""
    taking_part = Member.objects.filter(pk__in=merged.participant_ids())
    muted = merged.mutes.values("member")
    members = taking_part.exclude(pk__in=muted).select_related("user", "role", "organization")
    agents = [merged.assignee] if merged.assignee_id is not None else []
    about = {"ticket": ticket, "data": {"merged": merged.number}}
    notify_event("tickets_merged", by=by, members=members, agents=agents, **about)


def on_member_added(*, member, by, **kwargs):
    """Notify a member whom someone has added. People who came by themselves know."""
    if by.user is not None and by.user.pk != member.user_id:
        notify_event("member_added", by=by, site=site_with_portal(), members=[member])


def on_join_requested(*, join_request, site, by, **kwargs):
    """Notify those who can approve the request. The outbox stores only its key."""
    about = {"site": site or site_with_portal(), "organization": join_request.organization}
    notify_event("join_requested", by=by, data={"join_request": join_request.pk}, **about)


def on_member_invited(*, invitation, token, by, **kwargs):
    """Send an invitation. Its link doesn't sign in: a code verifies the email address."""
    site = invitation.site or site_with_portal()
    row = write_secret(
        "member_invited",
        site,
        invitation.email,
        min(invitation.expires_at, invitation.created_at + RETRY_PERIOD),
        invitation=invitation,
        # The team invites in the name of the portal.
        context={"inviter": _inviter(by.member, site)},
        token=token,
    )
    send_soon(row.batch)


def on_ticket_shared(*, guest, at, by, **kwargs):
    """Send a guest the link. It shows nothing that customers wrote, because anyone can own the
    address, and doesn't sign in: a code verifies the address."""
    ticket = guest.ticket
    row = write_secret(
        "ticket_shared",
        ticket.site,
        guest.email,
        at + RETRY_PERIOD,
        data={"number": ticket.number},
        context={
            "inviter": _inviter(by.member, ticket.site),
            "number": str(ticket.number),
            "email": guest.email,
            "url": shared_url(ticket),
        },
    )
    send_soon(row.batch)


def _inviter(member, site) -> str:
    """Return the name of a customer who invites someone; their email address if it has a link."""
    if member is None:
        return ""
    return member.email if find_link(member.name) else customer_name(member.name, site)


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


def on_address_failed(*, ticket, email, by, **kwargs):
    """Notify the team that a customer gets no emails."""
    notify_event(
        "address_failed",
        by=by,
        ticket=ticket,
        team_emails=[PortalSettings.cached(ticket.site).team_address],
        data={"email": email},
    )


def on_unknown_sender_answered(*, site, email, **kwargs):
    """Tell someone who isn't a member where the portal is. The email contains nothing of theirs."""
    row = Notification.objects.create(
        event="unknown_sender_answered", site=site, email=email, by_team=True
    )
    send_soon(row.batch)


def on_problems_found(*, site, problems, by, **kwargs):
    """Notify the people in charge of the site."""
    notify_event("problems_found", by=by, site=site, data={"problems": problems})
