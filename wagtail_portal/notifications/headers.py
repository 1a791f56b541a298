"""The headers of emails: sender, thread, and loop protection."""

from email.utils import formataddr, parseaddr

from django.utils.translation import gettext

from wagtail_portal.models import Delivery, Notification

from .names import MARKED_MAX_LENGTH, shorten

#: The maximum number of earlier emails in References, besides the root of the thread.
MAX_REFERENCES = 20


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
        "Message-ID": _message_id(notification.pk, notification.ticket_id, host),
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


def _earlier_message_ids(notification) -> list[str]:
    """Return the Message-IDs of earlier emails to the recipient about the ticket."""
    same = Notification.objects.filter(
        ticket=notification.ticket_id,
        recipient=notification.recipient_id,
        email=notification.email,
        pk__lt=notification.pk,
    ).exclude(state=Delivery.DIGEST)
    keys = same.filter(digest=None).order_by("-pk").values_list("pk", flat=True)[:MAX_REFERENCES]
    host = notification.site.hostname
    return [_message_id(pk, notification.ticket_id, host) for pk in reversed(keys)]


def _message_id(pk, ticket_pk, host) -> str:
    about = f".ticket-{ticket_pk}" if ticket_pk else ""
    return f"<mail-{pk}{about}@{host}>"
