"""The headers of a mail: whose it is, which thread it belongs to, and what keeps loops away."""

from email.utils import formataddr, parseaddr

from wagtail_portal.models import Delivery, Notification

#: So many earlier mails are named; the thread's root always is.
REFERENCES = 20


def sender(notification: Notification, author: str, portal) -> str:
    """The From header: "Agent (Company)" at the site's own address, so that no mail server takes
    it for a forgery."""
    _name, address = parseaddr(portal.from_email)
    if not author or author == portal.name:
        return portal.from_email
    return formataddr((f"{author} ({portal.name})", address))


def message_id(notification: Notification) -> str:
    """The same for every copy of a mail."""
    return _id(notification.pk, notification.ticket_id, notification.site.hostname)


def of(notification: Notification, context: dict) -> dict[str, str]:
    """All others."""
    host = notification.site.hostname
    found = {
        "Message-ID": message_id(notification),
        # Answering machines keep quiet (RFC 3834), whichever of the two they know.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"<tickets.{host}>",
    }
    if notification.ticket is not None:
        # RFC 5322, 3.6.4: the parent, and before it the parent's own references. Each mail of a
        # thread names its root, which no mail bears, so that a lost one tears nothing apart.
        earlier = _earlier(notification)
        root = f"<ticket-{notification.ticket_id}@{host}>"
        found["References"] = " ".join([root, *earlier])
        if earlier:
            found["In-Reply-To"] = earlier[-1]
    if url := context["unsubscribe_url"]:
        found["List-Unsubscribe"] = f"<{url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _earlier(notification) -> list[str]:
    """The ids of what the same person got about the ticket before."""
    same = Notification.objects.filter(
        ticket=notification.ticket_id,
        recipient=notification.recipient_id,
        address=notification.address,
        pk__lt=notification.pk,
    ).exclude(state=Delivery.DIGEST)
    keys = same.filter(digest=None).order_by("-pk").values_list("pk", flat=True)[:REFERENCES]
    host = notification.site.hostname
    return [_id(pk, notification.ticket_id, host) for pk in reversed(keys)]


def _id(pk, ticket_pk, host) -> str:
    about = f".ticket-{ticket_pk}" if ticket_pk else ""
    return f"<mail-{pk}{about}@{host}>"
