"""The outbox: each notification is claimed by one process, sent, and its outcome saved.

If the mail server is down or the process is killed, the row stays and is due again: after a growing
pause, or when the lease of the process expires. An email is sent twice, with the same Message-ID,
only if the process is killed after the mail server accepted it and before its state was saved.
"""

import logging
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.actions._locks import lock_rows
from wagtail_portal.compat import send_mail
from wagtail_portal.models import Delivery, Invitation, Notification, next_digest

from .digests import collect_digests
from .emails import build_email
from .loop_protection import exceeded_limit, is_pointless
from .recipients import may_receive
from .rerouting import notify_mailbox_instead

logger = logging.getLogger(__name__)

#: The longest pause between two attempts.
LONGEST_PAUSE = timedelta(hours=4)
#: How many notifications ``send_due`` looks up at once.
CHUNK = 100
RELATED = (
    *("recipient", "member__user", "actor", "invitation__organization", "message__author"),
    *("site", "ticket__site", "ticket__organization", "ticket__status"),
    *("member__organization", "member__role", "ticket__requester__user"),
)


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 1 minute, 2, 4, … up to 4 hours."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def send(pk: int, *, clock=timezone.now) -> bool:
    """Send one notification, unless it was sent, isn't due, or another process has it. Return
    whether it was sent now; errors are saved with it.

    :param clock: a function that returns the current time.
    """
    lease = timedelta(seconds=conf.EMAIL_LEASE_SECONDS)
    claim = Notification.objects.claim(pk, now=clock(), lease=lease)
    if claim is None:
        return False
    notification = Notification.objects.select_related(*RELATED).filter(pk=pk).first()
    if notification is None:
        # The ticket was deleted, or the person erased, a moment ago.
        return False
    settle = partial(Notification.objects.settle, pk, claim)
    if clock() >= notification.retry_until:
        # The process that claimed it died.
        settle(state=Delivery.FAILED, encrypted="")
        return False
    if not may_receive(notification) or is_pointless(notification):
        notify_mailbox_instead(notification)
        Notification.objects.filter(pk=pk, claim=claim).delete()
        return False
    if reason := exceeded_limit(notification, clock()):
        # The next digest includes it, so nothing is lost.
        logger.warning("Notification %s waits. %s", pk, reason)
        settle(state=Delivery.DIGEST, due_at=next_digest(clock()), error=reason)
        return False
    try:
        email = build_email(notification)
        if email is not None:
            send_mail(email)
    except Exception as error:
        # Mail servers and templates can raise anything. The error is stored for the team.
        logger.exception("Notification %s was not delivered.", pk)
        _save_failure(notification, error, clock(), settle)
        return False
    _save_invitation_outcome(notification, failed=False)
    if notification.is_secret:
        # A record of who signed in when isn't needed.
        Notification.objects.filter(pk=pk, claim=claim).delete()
    elif not settle(state=Delivery.SENT, sent_at=clock(), error=""):
        logger.warning("Notification %s took longer than its lease.", pk)
    return True


def _save_failure(notification, error, now, settle) -> None:
    _save_invitation_outcome(notification, failed=True)
    text = f"{type(error).__name__}: {error}"[:2000]
    next_attempt = now + pause(notification.attempts)
    if next_attempt >= notification.retry_until:
        settle(state=Delivery.FAILED, error=text, encrypted="")
    else:
        settle(due_at=next_attempt, error=text)


def _save_invitation_outcome(notification, *, failed: bool) -> None:
    """Show the person who invited whether the email was sent, so that they can resend it."""
    invitation = notification.invitation
    if invitation is not None and invitation.email_failed != failed:
        Invitation.objects.filter(pk=invitation.pk).update(email_failed=failed)


def send_due(*, clock=timezone.now) -> int:
    """Send everything that's due, and return how many were sent. Any number of processes can run
    this at once, and beside the tasks."""
    collect_digests(clock())
    sent, seen = 0, set()
    while True:
        due = Notification.objects.due(clock()).exclude(pk__in=list(seen)[-5000:])
        keys = list(due.values_list("pk", flat=True)[:CHUNK])
        if not set(keys) - seen:
            break
        seen.update(keys)
        sent += sum(send(pk, clock=clock) for pk in keys)
    delete_old(clock())
    return sent


def delete_old(now) -> int:
    """Delete what was sent, or failed, long ago, and return how many."""
    old = now - timedelta(days=conf.EMAIL_RETENTION_DAYS)
    done = [Delivery.SENT, Delivery.FAILED]
    keys = Notification.objects.filter(state__in=done, created_at__lt=old).order_by()
    deleted = 0
    while some := list(keys.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            lock_rows(Notification.objects.filter(pk__in=some))
            deleted += Notification.objects.filter(pk__in=some).delete()[0]
    return deleted
