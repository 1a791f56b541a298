"""Tell unknown senders the address of the portal."""

from dataclasses import replace

from wagtail_portal import signals
from wagtail_portal.actions.rate_limits import DAY, limit
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import Reason, ReceivedEmail, ReceivedState
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.received_email import ReceivedMessage

from ._sort_email import Sorted


def limit_answer(row: ReceivedEmail, message: ReceivedMessage, found: Sorted) -> Sorted:
    """Count an answer towards its limits. What can't be answered waits for the team."""
    if found.state != ReceivedState.ANSWERED:
        return found
    try:
        limit("EMAIL_ANSWERS_PER_ADDRESS_A_DAY", message.sender.address, period=DAY)
        limit("EMAIL_ANSWERS_PER_SITE", row.site_id)
    except RateLimited:
        return replace(found, state=ReceivedState.HELD, reason=Reason.UNKNOWN)
    return found


def answer(row: ReceivedEmail, message: ReceivedMessage) -> None:
    """Write the answer into the outbox. The sender is proven, and it's not an automatic email."""
    signals.unknown_sender_answered.send(
        sender=ReceivedEmail,
        site=row.site,
        email=message.sender.address,
        by=Actor.system(),
        notify=True,
    )
