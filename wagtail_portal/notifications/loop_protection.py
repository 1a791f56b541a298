"""Keep emails from going round in circles and from flooding inboxes."""

from datetime import timedelta

from wagtail_portal import conf
from wagtail_portal.models import ERASED_DOMAIN, Delivery, Notification, PortalSettings

HOUR = timedelta(hours=1)
#: Mailboxes that nobody reads and that may answer automatically (RFC 2142, RFC 3834).
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
    # The team may well read its email at the address that the portal sends from.
    return email in own and not notification.to_team


def exceeded_limit(notification: Notification, now) -> str:
    """Return why the email has to wait, for the log; "" if it doesn't."""
    if notification.is_secret or notification.ticket_id is None:
        # Codes have their own limits, and a digest comes once a day.
        return ""
    sent = Notification.objects.filter(state=Delivery.SENT, digest=None, sent_at__gt=now - HOUR)
    limit = conf.EMAILS_PER_TICKET
    count = sent.filter(ticket=notification.ticket_id).count() if limit else 0
    if limit and count >= limit:
        return f"Budget reached: {count} mails about this ticket in an hour."
    limit = conf.EMAILS_PER_ADDRESS
    same = sent.filter(recipient=notification.recipient_id, email=notification.email)
    count = same.count() if limit else 0
    if limit and count >= limit:
        return f"Budget reached: {count} mails to this address in an hour."
    return ""
