"""The variables of email templates."""

from functools import partial
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from wagtail.admin.utils import get_admin_base_url
from wagtail.users.models import UserProfile

from wagtail_portal.events import get_event
from wagtail_portal.models import (
    EmailTemplate,
    JoinRequest,
    Notification,
    PortalSettings,
    Profile,
    Rating,
    Ticket,
    can_be_rated,
)
from wagtail_portal.portal_urls import MUTE_SALT, portal_url, shared_url, ticket_url
from wagtail_portal.utils.remembering import remembered
from wagtail_portal.utils.storage import rendition_or_none

from .descriptions import author_of, describe_changes, describe_status, is_from_team
from .headers import accepts_replies
from .names import customer_name

#: Bytes of attachments in one email. Many email servers refuse larger emails.
MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024


def email_context(notification: Notification) -> dict:
    """Return the variables of the templates."""
    ticket, message, member = notification.ticket, notification.message, notification.member
    event, portal = get_event(notification.event), PortalSettings.cached(notification.site)
    # Visitors have no access to the portal, so a link would lead them nowhere.
    reply_by_email = notification.is_copy or (
        ticket is not None and not notification.to_team and ticket.organization.is_for_visitors
    )
    files, omitted_files = _files(message) if reply_by_email else ([], [])
    without_content = portal.emails_without_content and ticket is not None and not reply_by_email
    is_guest = _is_guest(notification)
    return {
        **portal_context(portal),
        "is_guest": is_guest,
        "event": event.key,
        "button": event.button,
        "reason": event.reason,
        "ticket": ticket,
        "message": message,
        "author": portal.name if _is_confirmation(notification) else author_of(notification),
        "email_template": _email_template(notification.site, event.key),
        "by_team": notification.by_team,
        "is_from_team": is_from_team(notification),
        # Looked up only by emails that name them.
        "requester": partial(_requester_name, notification),
        "recipient": notification.recipient,
        "is_requester": bool(ticket and member and ticket.requester_id == member.pk),
        "to_team": notification.to_team,
        "without_content": without_content,
        "changes": [] if without_content else describe_changes(notification),
        "new_status": describe_status(notification),
        "group": notification.data.get("group", ""),
        "merged": str(notification.data.get("merged", "")),
        "url": "" if reply_by_email else _url(notification, event),
        "rating_url": _rating_url(notification, event, portal),
        "unsubscribe_url": unsubscribe_url(notification),
        "settings_url": _settings_url(notification, reply_by_email or is_guest),
        "is_copy": notification.is_copy,
        "reply_by_email": reply_by_email,
        "accepts_replies": accepts_replies(notification),
        "tickets": [],
        "files": files,
        "omitted_files": omitted_files,
    }


def portal_context(portal) -> dict:
    """Return what every email shows of the portal."""
    load = partial(rendition_or_none, portal.logo, "max-400x80")
    logo = remembered(("logo of emails", portal.logo_id), load)
    # Half the size of the picture, so that it's sharp on every screen.
    size = logo and {"width": logo.width // 2, "height": logo.height // 2}
    return {
        "portal": portal,
        "portal_name": portal.name,
        "accent": portal.accent_colour,
        "logo": {"url": logo.full_url, **size} if logo else None,
    }


def changes_context(notification: Notification, context: dict) -> dict | None:
    """Return nothing more; None if the recipient can't see any of the changed fields by now."""
    return {} if context["changes"] or describe_changes(notification) else None


def join_request_context(notification: Notification, context: dict) -> dict | None:
    """Return what the email about a join request says; None once it has been decided."""
    waiting = JoinRequest.objects.waiting().select_related("user", "organization")
    request = waiting.filter(pk=notification.data.get("join_request")).first()
    if request is None:
        return None
    reason = context["reason"]
    if notification.to_team:
        reason = ""
        url = admin_url("wagtailsnippets_wagtail_portal_organization:edit", request.organization_id)
    else:
        url = portal_url(notification.site, "portal_members")
    return {
        "author": context["portal_name"],
        "email": "" if context["portal"].emails_without_content else request.email,
        "organization": request.organization,
        "reason": reason,
        "url": url,
    }


def rating_context(notification: Notification, context: dict) -> dict | None:
    """Return the rating that an email is about; None once it has been deleted."""
    rating = Rating.objects.filter(ticket=notification.ticket_id).first()
    if rating is None:
        return None
    return {"rating": rating.get_score_display(), "comment": rating.comment}


def member_context(notification: Notification, context: dict) -> dict:
    """Return what the email to a new member says."""
    member = notification.member
    return {
        "author": context["portal_name"],
        "organization": member and member.organization,
        "recipient_email": member and member.email,
    }


def address_context(notification: Notification, context: dict) -> dict:
    """Return what the email about an address that gets no emails says."""
    return {"author": context["portal_name"], "email": notification.data["email"]}


def problems_context(notification: Notification, context: dict) -> dict:
    """Return what the email about problems says."""
    return {
        "author": context["portal_name"],
        "problems": notification.data["problems"],
        "url": admin_url("wagtail_portal_system_status"),
    }


def _email_template(site, event: str) -> EmailTemplate | None:
    language = translation.get_language() or ""
    return remembered(
        ("email template", site.pk, event, language),
        lambda: EmailTemplate.objects.template_for(site, event, language),
    )


def _requester_name(notification) -> str:
    ticket = notification.ticket
    return "" if ticket is None else customer_name(ticket.requester.name, notification.site, ticket)


def _is_confirmation(notification) -> bool:
    """Return whether the recipient caused the event, so that the email isn't from themselves."""
    by = notification.actor_id or getattr(notification.message, "author_id", None)
    return by is not None and by == notification.recipient_id and not notification.by_team


def _files(message) -> tuple[list, list[str]]:
    """Return the files to attach to an email, and the names of those that are too large."""
    attached, omitted, size = [], [], 0
    if message is None or not message.from_team:
        return [], []
    for file in message.attachments.all():
        if size + file.size <= MAX_ATTACHMENT_BYTES:
            size += file.size
            attached.append(file)
        else:
            omitted.append(file.name)
    return attached, omitted


# -- Links ---------------------------------------------------------------------------------------


def admin_url(name: str, *args) -> str:
    """Return the absolute URL of a view in the Wagtail admin; "" if there's none."""
    try:
        return f"{get_admin_base_url() or ''}{reverse(name, args=args)}"
    except NoReverseMatch:
        return ""


def desk_url(ticket: Ticket) -> str:
    """Return where the team works on a ticket."""
    return admin_url("wagtailsnippets_wagtail_portal_ticket:edit", ticket.pk)


def unsubscribe_url(notification: Notification) -> str:
    """Return where a member mutes the ticket without signing in; "" for others.

    The token in it can do that alone: it gives no access, and changes nothing else.
    """
    member, ticket = notification.member, notification.ticket
    if member is None or ticket is None or member.organization_id != ticket.organization_id:
        return ""
    if ticket.organization.is_for_visitors:
        return ""
    token = signing.dumps([ticket.pk, member.pk], salt=MUTE_SALT)
    try:
        path = reverse("wagtail_portal_unsubscribe", args=[token])
    except NoReverseMatch:
        return ""
    return f"{notification.site.root_url}{path}"


def _url(notification, event) -> str:
    ticket = notification.ticket
    if ticket is None:
        return portal_url(notification.site)
    if notification.to_team:
        return desk_url(ticket)
    if _is_guest(notification):
        url, message = shared_url(ticket), notification.message
        return f"{url}#message-{message.pk}" if url and message else url
    # New tickets are read from the beginning.
    return ticket_url(ticket, None if event.opens_ticket else notification.message)


def _is_guest(notification) -> bool:
    """Return whether the recipient isn't a member, and the ticket was shared with them."""
    ticket, member = notification.ticket, notification.member
    if None in (ticket, member):
        return False
    return member.organization_id != ticket.organization_id and member.is_visitor


def _rating_url(notification, event, portal) -> str:
    ticket, member = notification.ticket, notification.member
    asks = event.shows_message and not event.opens_ticket and notification.by_team
    if not asks or not portal.ask_satisfaction or None in (ticket, member):
        return ""
    if ticket.requester_id != member.pk or member.is_visitor or not ticket.status.is_closed:
        return ""
    return ticket_url(ticket) if can_be_rated(ticket, timezone.now()) else ""


def _settings_url(notification, has_no_access) -> str:
    if notification.to_team:
        # A mailbox has no account.
        return admin_url("wagtailadmin_account") if notification.recipient else ""
    if has_no_access or notification.member is None:
        return ""
    return portal_url(notification.site, "portal_notifications")


# -- Language and time zone ----------------------------------------------------------------------


def language_of(notification: Notification) -> str:
    """Return the recipient's language, else that of the ticket, else the site's."""
    ticket, profile = notification.ticket, _profile(notification)
    if notification.to_team:
        return profile.preferred_language or settings.LANGUAGE_CODE
    fallback = notification.language or (ticket and ticket.language) or settings.LANGUAGE_CODE
    return profile.known_language or fallback


def time_zone_of(notification: Notification) -> str:
    """Return the recipient's time zone; "" for the site's."""
    profile = _profile(notification)
    return profile.current_time_zone if notification.to_team else profile.time_zone


def _profile(notification) -> Any:
    """Return an agent's profile in the Wagtail admin, or a customer's in the portal."""
    if notification.to_team:
        return getattr(notification.recipient, "wagtail_userprofile", None) or UserProfile()
    return getattr(notification.recipient, "portal_profile", None) or Profile()
