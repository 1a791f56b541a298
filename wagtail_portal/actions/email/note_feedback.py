"""Note what became of the emails that we sent: delivered, returned, or reported as spam."""

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.models import FailingAddress, Feedback, Notification, ReceivedEmail
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.received_email import Automatic, ReceivedMessage
from wagtail_portal.utils.reply_addresses import is_own_message_id
from wagtail_portal.utils.text import clean_line, storable

_OWN_ID = re.compile(r"<?mail-(\d{1,18})(?:\.ticket-(\d{1,18}))?\.([a-z2-7]{16})@")
_MOST = 20


def note_feedback(
    message_id: str, feedback: Feedback, *, reason: str = "", is_permanent: bool = False
) -> None:
    """Note what a provider reports about an email. Call this for authenticated reports only.

    :param message_id: the ID that the provider gave to the email, or its Message-ID.
    :param reason: what the receiving email server said.
    :param is_permanent: of a returned email, whether it's no use to try again.
    """
    notification = _find_sent([message_id])
    if notification is None and message_id:
        found = Notification.objects.filter(provider_id=message_id)
        notification = found.select_related("recipient", "ticket", "site").first()
    if notification is not None:
        with transaction.atomic():
            _note(notification, feedback, reason, is_permanent=is_permanent)


def note_report(row: ReceivedEmail, message: ReceivedMessage) -> str:
    """Note what a bounce or a complaint says about an email of ours, and return to whom it was
    sent.

    Only a report that names the signed Message-ID of an email counts, so no one can keep others
    from getting emails.
    """
    report = message.bounce
    notification = _find_sent(report.message_ids) if report else None
    if report is None or notification is None or not report.is_failure:
        return ""
    row.ticket = notification.ticket
    if message.automatic == Automatic.COMPLAINT:
        feedback = Feedback.COMPLAINED
    else:
        feedback = Feedback.DELAYED if report.is_delay else Feedback.BOUNCED
    reason = _note(notification, feedback, report.reason, is_permanent=report.is_permanent)
    email = notification.to.lower()
    return f"{email}: {reason}" if reason else email


def _note(
    notification: Notification, feedback: Feedback, reason: str, *, is_permanent: bool
) -> str:
    reason = clean_line(storable(reason))[:500]
    is_news = Notification.objects.note_feedback(notification.pk, feedback, reason)
    # An email that comes back counts once, however often it's reported.
    if is_news and feedback == Feedback.BOUNCED:
        _note_failure(notification, reason, is_permanent=is_permanent)
    return reason


def _note_failure(notification: Notification, reason: str, *, is_permanent: bool) -> None:
    email = notification.to.lower()
    stopped = FailingAddress.objects.note_failure(
        email, reason, at=timezone.now(), is_permanent=is_permanent
    )
    if stopped and notification.ticket is not None:
        signals.address_failed.send(
            sender=FailingAddress,
            ticket=notification.ticket,
            email=email,
            by=Actor.system(),
            notify=True,
        )


def forget_failures(email: str) -> None:
    """Send emails to an address again, because someone has just written from it."""
    FailingAddress.objects.filter(email=email.lower()).delete()


def _find_sent(message_ids: Sequence[str]) -> Notification | None:
    for key in message_ids[:_MOST]:
        match = _OWN_ID.match(key)
        if match is None:
            continue
        name = f"{match[1]}.{match[2]}" if match[2] else match[1]
        if is_own_message_id(name, match[3]):
            found = Notification.objects.select_related("recipient", "ticket", "site")
            return found.filter(pk=int(match[1])).first()
    return None
