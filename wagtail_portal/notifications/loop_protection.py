"""Protection against mail loops and floods of emails."""

from datetime import timedelta

from wagtail_portal import conf
from wagtail_portal.models import ERASED_DOMAIN, Delivery, Notification, PortalSettings

HOUR = timedelta(hours=1)
#: Mailboxes that nobody reads and that may reply automatically (RFC 2142, RFC 3834).
UNREAD_MAILBOXES = {
    *("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"),
    *("bounce", "bounces", "listserv", "majordomo"),
}


def is_pointless(notification: Notification) -> bool:
    """Return whether the email would reach nobody, or the portal itself."""
    email = notification.to.lower()
    local = email.partition("@")[0]
    if not email or local in UNREAD_MAILBOXES or email.endswith(f"@{ERASED_DOMAIN}"):
        return True
    own = {settings.reply_to.lower() for settings in PortalSettings.objects.select_related("site")}
    # The team may read its email at the address that the portal sends from.
    return email in own and not notification.to_team


def exceeded_limit(notification: Notification, now) -> str:
    """Return why the email has to wait, for the log; "" if it doesn't."""
    if notification.is_secret or notification.ticket_id is None:
        # Codes have their own limits, and a digest comes once a day.
        return ""
    sent = Notification.objects.filter(state=Delivery.SENT, digest=None, sent_at__gt=now - HOUR)
    about_ticket = sent.filter(ticket=notification.ticket_id)
    to_address = sent.filter(recipient=notification.recipient_id, email=notification.email)
    for limit, same, which in (
        (conf.EMAILS_PER_TICKET, about_ticket, "about this ticket"),
        (conf.EMAILS_PER_ADDRESS, to_address, "to this address"),
    ):
        if limit and (count := same.count()) >= limit:
            return f"Limit reached: {count} emails {which} in an hour."
    return ""
