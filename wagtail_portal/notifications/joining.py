"""The mail that tells who manages an organization that somebody asks to come in.

Whoever asks has proven an address of its domain. The row holds no address, only which request it
is about: it is told as it is when the mail is sent.
"""

from django.urls import NoReverseMatch, reverse
from wagtail.admin.utils import get_admin_base_url

from wagtail_portal.models import (
    Event,
    JoinRequest,
    Member,
    Notification,
    NotificationPreferences,
    PortalSettings,
    When,
    when,
)
from wagtail_portal.portal_urls import portal_url

from .emails import context_of
from .recipients import Recipient


def who_decides(organization, site) -> list[Recipient]:
    """Those who can let them in; the team, where the organization has nobody who can."""
    managers = Member.objects.managers().filter(organization=organization)
    managers = list(managers.select_related("user", "role").order_by("pk"))
    if not managers:
        address = PortalSettings.of_site(site).team_address
        return [Recipient(address=address, to_team=True)] if address else []
    rows = NotificationPreferences.objects.filter(member__in=[member.pk for member in managers])
    chosen = {row.member_id: row for row in rows}
    return [
        Recipient(member.user, member)
        for member in managers
        if when(Event.JOIN_REQUESTED, chosen.get(member.pk), to_team=False) != When.NEVER
    ]


def request_of(notification: Notification) -> JoinRequest | None:
    """The request that the mail is about, as long as somebody has to decide about it."""
    waiting = JoinRequest.objects.waiting().select_related("user", "organization")
    return waiting.filter(pk=notification.data.get("join_request")).first()


def join_context(notification: Notification, request: JoinRequest) -> dict:
    """What the templates of the mail know."""
    context = context_of(notification)
    hides = context["portal"].mails_without_content
    return {
        **context,
        "author": context["portal_name"],
        "who": "" if hides else request.email,
        "organization": request.organization,
        "url": _desk_url(request) if notification.to_team else _members_url(notification),
    }


def _members_url(notification) -> str:
    return portal_url(notification.site, "portal_members")


def _desk_url(request) -> str:
    name = "wagtailsnippets_wagtail_portal_organization:edit"
    try:
        path = reverse(name, args=[request.organization_id])
    except NoReverseMatch:
        return ""
    return f"{get_admin_base_url() or ''}{path}"
