"""Who a mail is from, and how its reader ends it."""

from django.core import signing
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from wagtail_portal.models import Notification, display_name
from wagtail_portal.portal_urls import MUTE_SALT


def author_of(notification: Notification) -> str:
    """How whoever did it is called."""
    if notification.message is not None:
        return notification.message.author_name
    if notification.actor is None:
        return gettext("Support team") if notification.by_team else gettext("Former member")
    return display_name(notification.actor, from_team=notification.by_team)


def unsubscribe_url(notification: Notification) -> str:
    """Where a member ends the mails about a ticket, without signing in; "" for others.

    The token in it does that alone: it opens nothing, and changes nothing else.
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
