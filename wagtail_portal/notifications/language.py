"""In which language and time zone somebody reads their mail."""

from django.conf import settings
from wagtail.users.models import UserProfile

from wagtail_portal.models import Notification, Profile


def language_of(notification: Notification) -> str:
    """The recipient's own, else that of the ticket, else the site's."""
    ticket = notification.ticket
    if notification.to_team:
        own = _agent(notification).preferred_language if notification.recipient else ""
        return own or settings.LANGUAGE_CODE
    chosen = _customer(notification).known_language
    return chosen or notification.language or (ticket and ticket.language) or settings.LANGUAGE_CODE


def time_zone_of(notification: Notification) -> str:
    """The recipient's own; "" for the site's."""
    if notification.recipient is None:
        return ""
    if notification.to_team:
        return _agent(notification).current_time_zone
    return _customer(notification).time_zone


def _customer(notification) -> Profile:
    """The one of the portal."""
    if not hasattr(notification, "_profile"):
        found = Profile.objects.filter(user=notification.recipient_id).first()
        notification._profile = found or Profile()
    return notification._profile


def _agent(notification) -> UserProfile:
    """The one of the Wagtail admin."""
    if not hasattr(notification, "_profile"):
        found = UserProfile.objects.filter(user=notification.recipient_id).first()
        notification._profile = found or UserProfile()
    return notification._profile
