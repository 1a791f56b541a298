"""The headers of emails: sender, thread, and loop protection."""

from collections import defaultdict
from collections.abc import Sequence
from email.utils import formataddr, parseaddr
from functools import partial

import django
from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.models import (
    Channel,
    Delivery,
    Notification,
    PortalSettings,
    ReceivedEmail,
    Ticket,
)
from wagtail_portal.utils.remembering import remembered
from wagtail_portal.utils.reply_addresses import sign_message_id, sign_reply_address

from .names import MARKED_MAX_LENGTH, shorten

#: The maximum number of earlier emails in References, besides the root of the thread.
MAX_REFERENCES = 20
#: What emails of one thread have in common.
THREAD = "ticket_id", "recipient_id", "email"


def sender(author: str, portal, *, from_team: bool) -> str:
    """Return the From header, with the portal's sender address: "Agent (Company)" for the team, and
    "Customer via Company" for a customer.

    :param author: a name as it's shown in the email, with its mark.
    """
    _name, email = parseaddr(portal.from_email)
    if not author or author == portal.name:
        return portal.from_email
    if from_team:
        return formataddr((f"{author} ({portal.name})", email))
    words = gettext("%(name)s via %(portal)s")
    name = shorten(author, MARKED_MAX_LENGTH)
    return formataddr((words % {"name": name, "portal": portal.name}, email))


def email_headers(notification: Notification, unsubscribe_url: str) -> dict[str, str]:
    """Return all other headers. The Message-ID is the same for every copy of an email."""
    host = notification.site.hostname
    found = {
        "Message-ID": message_id(notification.pk, notification.ticket_id, host),
        # Either of the two keeps an autoresponder quiet (RFC 3834 for the first).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"<tickets.{host}>",
    }
    if notification.ticket is not None:
        # RFC 5322 §3.6.4: the parent's references, then the parent. The root isn't an email, so
        # the thread stays together even if an email is lost or deleted.
        earlier = _earlier_message_ids(notification)
        root = f"<ticket-{notification.ticket_id}@{host}>"
        found["References"] = " ".join([root, *earlier])
        if earlier:
            found["In-Reply-To"] = earlier[-1]
    if unsubscribe_url:
        found["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def copies_header(notification: Notification) -> dict[str, str]:
    """Return the header Cc for recipients who may see to whom else the team sent the message.

    It's a header only: those addresses get emails of their own.
    """
    message = notification.message
    if message is None or not message.copies_shown or notification.to_team or _uses_an_api():
        return {}
    addresses = message.copies.split(", ")
    others = [one for one in addresses if one and one.lower() != notification.to.lower()]
    return {"Cc": ", ".join(others)} if others else {}


def _uses_an_api() -> bool:
    """Return whether emails are handed to a provider's API. Some refuse them because of the
    header."""
    if django.VERSION >= (6, 1) and hasattr(settings, "MAILERS"):
        backend = settings.MAILERS.get(conf.MAILER or "default", {}).get("BACKEND", "")
    else:
        backend = settings.EMAIL_BACKEND
    return backend.startswith("anymail.")


def read_ahead(notifications: Sequence[Notification]) -> None:
    """Look up the earlier emails of several notifications at once, which are about to be sent."""
    newest = max((row.pk for row in notifications), default=0)
    rows = _sent_at_once().filter(ticket__in={row.ticket_id for row in notifications})
    most = MAX_REFERENCES + len(notifications)
    place = Window(RowNumber(), partition_by=[*THREAD], order_by=F("pk").desc())
    rows = rows.filter(pk__lte=newest).annotate(place=place).filter(place__lte=most)
    threads = defaultdict(list)
    for pk, *thread in rows.order_by("pk").values_list("pk", *THREAD):
        threads[tuple(thread)].append(pk)
    for row in notifications:
        found = threads[row.ticket_id, row.recipient_id, row.email]
        earlier = [pk for pk in found if pk < row.pk][-MAX_REFERENCES:]
        # An old one among many newer ones is left to a query of its own.
        if len(earlier) == MAX_REFERENCES or len(found) < most:
            remembered(("earlier emails", row.pk), partial(list, earlier))


def _earlier_keys(notification) -> list[int]:
    same = {name: getattr(notification, name) for name in THREAD}
    rows = _sent_at_once().filter(**same, pk__lt=notification.pk).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:MAX_REFERENCES])[::-1]


def _sent_at_once():
    return Notification.objects.filter(digest=None).exclude(state=Delivery.DIGEST)


def _earlier_message_ids(notification) -> list[str]:
    """Return the Message-IDs of earlier emails to the recipient about the ticket."""
    key = "earlier emails", notification.pk
    keys = remembered(key, partial(_earlier_keys, notification))
    host = notification.site.hostname
    sent = [message_id(pk, notification.ticket_id, host) for pk in keys]
    return [*_received_message_ids(notification), *sent]


def _received_message_ids(notification) -> list[str]:
    """Return the Message-ID of the email that opened the ticket, so that the answer appears in the
    sender's thread. Their later ones are in it anyway."""
    if notification.member_id is None or not accepts_replies(notification):
        return []
    opened = Ticket.objects.filter(pk=notification.ticket_id, channel=Channel.MAIL)
    emails = ReceivedEmail.objects.filter(ticket__in=opened, member=notification.member_id)
    keys = emails.order_by("pk").values_list("internet_message_id", flat=True)[:1]
    # One in other letters couldn't be written into a header as it is.
    return [f"<{key}>" for key in keys if key and key.isascii()]


def message_id(pk, ticket_pk, host) -> str:
    """Return the Message-ID of an email. Its signature shows that a reply or a bounce is about an
    email that we sent."""
    key, about = (f"{pk}.{ticket_pk}", f".ticket-{ticket_pk}") if ticket_pk else (str(pk), "")
    return f"<mail-{pk}{about}.{sign_message_id(key)}@{host}>"


def accepts_replies(notification: Notification) -> bool:
    """Return whether a reply to the email is added to its ticket."""
    if notification.ticket is None:
        return False
    portal = PortalSettings.cached(notification.site)
    return bool(portal.incoming_address) and (
        not notification.to_team or portal.agents_reply_by_email
    )


def reply_to(notification: Notification, portal: PortalSettings) -> str:
    """Return the address for replies: a signed one if they're added to the ticket."""
    if notification.ticket is None or not accepts_replies(notification):
        return portal.reply_to
    member = None if notification.to_team else notification.member_id
    return sign_reply_address(portal.incoming_address, notification.ticket.number, member)
