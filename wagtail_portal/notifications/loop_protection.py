"""What keeps mail from going round in circles, and inboxes from being flooded (threat 23)."""

from datetime import timedelta

from wagtail_portal import conf
from wagtail_portal.models import ERASED_DOMAIN, Delivery, Notification, PortalSettings

HOUR = timedelta(hours=1)
#: Whose mail nobody reads, and which may answer by itself (RFC 2142, RFC 3834).
NOBODY = {
    *("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"),
    *("bounce", "bounces", "listserv", "majordomo"),
}


def is_pointless(notification: Notification) -> bool:
    """Whether the mail would reach nobody, or ourselves."""
    address = notification.email.lower()
    local = address.partition("@")[0]
    if not address or local in NOBODY or address.endswith(f"@{ERASED_DOMAIN}"):
        return True
    own = {settings.reply_to.lower() for settings in PortalSettings.objects.select_related("site")}
    # The team may well read its mail at the address from which the portal sends.
    return address in own and not notification.to_team


def over_budget(notification: Notification, now) -> str:
    """Why the mail has to wait, in the words of the log; "" when it need not."""
    if notification.is_secret or notification.ticket_id is None:
        # Codes have limits of their own, and a summary comes once a day.
        return ""
    sent = Notification.objects.filter(state=Delivery.SENT, digest=None, sent_at__gt=now - HOUR)
    about = sent.filter(ticket=notification.ticket_id).count() if conf.MAILS_PER_TICKET else 0
    if conf.MAILS_PER_TICKET and about >= conf.MAILS_PER_TICKET:
        return f"Budget reached: {about} mails about this ticket in an hour."
    same = sent.filter(recipient=notification.recipient_id, address=notification.address)
    got = same.count() if conf.MAILS_PER_ADDRESS else 0
    if conf.MAILS_PER_ADDRESS and got >= conf.MAILS_PER_ADDRESS:
        return f"Budget reached: {got} mails to this address in an hour."
    return ""
