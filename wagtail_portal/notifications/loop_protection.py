"""Protection against mail loops and floods of emails."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from wagtail_portal import conf
from wagtail_portal.actions.rate_limits import begin, give_back, limit, limit_together
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import ERASED_DOMAIN, FailingAddress, Notification, PortalSettings
from wagtail_portal.utils.remembering import remembered
from wagtail_portal.utils.reply_addresses import is_in_mailbox

#: Mailboxes that no one reads and that may reply automatically (RFC 2142, RFC 3834).
UNREAD_MAILBOXES = {
    *("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"),
    *("bounce", "bounces", "listserv", "majordomo"),
}


def is_pointless(notification: Notification) -> bool:
    """Return whether the email would reach no one, or the portal itself."""
    email = notification.to.lower()
    local = email.partition("@")[0]
    if not email or local in UNREAD_MAILBOXES or email.endswith(f"@{ERASED_DOMAIN}"):
        return True
    mailboxes, senders = remembered("addresses of all portals", _addresses_of_portals)
    if any(is_in_mailbox(email, mailbox) for mailbox in mailboxes):
        return True
    # The team may read its email at the address that the portal sends from.
    return email in senders and not notification.to_team


def _addresses_of_portals() -> tuple[list[str], set[str]]:
    """Return where portals receive email, and where they get replies."""
    settings = PortalSettings.objects.select_related("site")
    rows = list(settings.prefetch_related("incoming_addresses"))
    mailboxes = [mailbox for row in rows for mailbox in row.mailboxes]
    return mailboxes, {row.reply_to.lower() for row in rows}


def find_stopped(notifications: Iterable[Notification], now: datetime) -> None:
    """Look up at once to which of several addresses nothing is sent at ``now``."""
    addresses = {row.to.lower() for row in notifications}
    rows = FailingAddress.objects.stopped(now).filter(email__in=addresses)
    stopped = set(rows.values_list("email", flat=True))
    for address in addresses:
        remembered(("stopped", address), partial(stopped.__contains__, address))


def is_stopped(notification: Notification, now: datetime) -> bool:
    """Return whether nothing is sent to the recipient's address at ``now``."""
    address = notification.to.lower()
    rows = FailingAddress.objects
    return remembered(
        ("stopped", address), lambda: rows.stopped(now).filter(email=address).exists()
    )


def begin_counting(notifications: Iterable[Notification]) -> None:
    """Prepare to count several emails, each with one query."""
    begin((setting, key) for row in notifications for setting, key, _which in _limits(row))


def count_email(notification: Notification) -> str:
    """Count the email towards its limits. Return why it has to wait, for the log; "" if it
    doesn't."""
    if limit_together([(setting, key) for setting, key, _which in _limits(notification)]):
        return ""
    # Which of them is it?
    counted: list = []
    for setting, key, which in _limits(notification):
        try:
            limit(setting, key)
        except RateLimited:
            for earlier in counted:
                give_back(*earlier)
            return f"Limit reached: {getattr(conf, setting)} emails {which} in an hour."
        counted.append((setting, key))
    return ""


def uncount_email(notification: Notification) -> None:
    """Don't count an email that wasn't sent."""
    for setting, key, _which in _limits(notification):
        give_back(setting, key)


def _limits(notification: Notification) -> list[tuple[str, object, str]]:
    """Return the name, the key and the meaning of each limit."""
    if notification.is_secret or notification.ticket_id is None:
        # Codes have their own limits, and a digest comes once a day.
        return []
    return [
        ("EMAILS_PER_TICKET", notification.ticket_id, "about this ticket"),
        ("EMAILS_PER_ADDRESS", notification.to.lower(), "to this address"),
    ]
