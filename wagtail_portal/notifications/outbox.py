"""The outbox: each notification is claimed by one process, sent, and its outcome saved.

If the email server is down or the process is killed, the row stays and is due again: after a
growing pause, or when the lease of the process expires. An email is sent twice, with the same
Message-ID, only if the process is killed after the email server accepted it and before its state
was saved.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.logs import safe_copy
from wagtail_portal.metrics import EMAILS
from wagtail_portal.models import (
    Delivery,
    DeliveryPause,
    Invitation,
    Notification,
    next_digest,
)
from wagtail_portal.read_only_mode import require_writable
from wagtail_portal.utils.remembering import remembering
from wagtail_portal.utils.rows import delete_some
from wagtail_portal.utils.shared_cache import surviving_outages
from wagtail_portal.utils.text import storable

from .circuit_breaker import send_through_breaker
from .connections import Connection
from .digests import collect_digests
from .emails import build_email
from .headers import read_ahead
from .loop_protection import (
    begin_counting,
    count_email,
    find_stopped,
    is_pointless,
    is_stopped,
    uncount_email,
)
from .reading import read_again, read_together
from .recipients import may_receive
from .rerouting import notify_mailbox_instead

logger = logging.getLogger(__name__)

#: The longest pause between two attempts.
LONGEST_PAUSE = timedelta(hours=4)
#: How many notifications ``send_due`` looks up at once.
CHUNK = 100
#: For how many emails the settings, and what isn't about access, are read at once.
SLICE = 20


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 1 minute, 2, 4, … up to 4 hours."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def send(pk: int, *, clock=timezone.now) -> bool | None:
    """Send one notification as :func:`send_each` does, and return the result."""
    return send_each([pk], clock=clock)[0]


@surviving_outages()
def send_each(keys: Sequence[int], *, clock=timezone.now) -> list[bool | None]:
    """Send notifications one after the other, unless one was sent, isn't due, or another process
    has it. Return for each of them True if it was sent now, False if that failed or the email
    server hangs, and None if there was nothing to send. Errors are saved with it.

    :param keys: primary keys.
    :param clock: a function that returns the current time.
    """
    results: list[bool | None] = []
    for start in range(0, len(keys), SLICE):
        part = keys[start : start + SLICE]
        with remembering(), Connection() as connection:
            known = read_together(part)
            rows = list(known.values())
            begin_counting(rows)
            read_ahead(rows)
            find_stopped(rows, clock())
            results += [_send(known[pk], connection, clock) if pk in known else None for pk in part]
    return results


def _send(known: Notification, connection: Connection, clock) -> bool | None:
    pk = known.pk
    lease = timedelta(seconds=conf.EMAIL_LEASE_SECONDS)
    claim_it = partial(Notification.objects.claim, pk, lease=lease)
    claim = claim_it(now=clock())
    is_trial = claim is None and DeliveryPause.objects.exists()
    if is_trial:
        if not DeliveryPause.objects.may_send(clock()):
            return False
        claim = claim_it(now=clock(), during_pause=True)
    if claim is None:
        return None
    notification: Any = read_again(known)
    if notification is None:
        return None
    settle = partial(Notification.objects.settle, pk, claim)
    if clock() >= notification.retry_until:
        # The process that claimed it died.
        settle(state=Delivery.FAILED, encrypted="")
        return None
    if not may_receive(notification) or is_pointless(notification):
        notify_mailbox_instead(notification)
        Notification.objects.filter(pk=pk, claim=claim).delete()
        return None
    if not notification.is_secret and is_stopped(notification, clock()):
        settle(state=Delivery.FAILED, error="Emails to this address are returned.")
        return None
    if reason := count_email(notification):
        logger.warning("Notification %s waits. %s", pk, reason)
        member = notification.member
        if notification.is_copy or (member is not None and member.is_visitor):
            # A digest would have links for members, and leave out what was written.
            settle(due_at=clock() + timedelta(hours=1), error=reason)
        else:
            # The next digest includes it, so nothing is lost.
            settle(state=Delivery.DIGEST, due_at=next_digest(clock()), error=reason)
        return None
    try:
        email = build_email(notification)
        if email is None:
            # Nothing is left to announce, so the list of sent emails mustn't show it either.
            uncount_email(notification)
            Notification.objects.filter(digest=pk).delete()
            Notification.objects.filter(pk=pk, claim=claim).delete()
            return None
        send_through_breaker(email, connection, clock, is_trial=is_trial)
    except Exception as error:
        # Email servers and templates can raise anything. The error is stored for the team.
        logger.error("Notification %s was not delivered.", pk, exc_info=safe_copy(error))
        EMAILS.labels(event=notification.event, outcome="failed").inc()
        uncount_email(notification)
        _save_failure(notification, error, clock(), settle)
        return False
    EMAILS.labels(event=notification.event, outcome="sent").inc()
    _save_invitation_outcome(notification, failed=False)
    if notification.is_secret:
        # A record of who signed in when isn't needed.
        Notification.objects.filter(pk=pk, claim=claim).delete()
    elif not settle(
        state=Delivery.SENT, sent_at=clock(), error="", provider_id=provider_id_of(email)
    ):
        logger.warning("Notification %s took longer than its lease.", pk)
    return True


def provider_id_of(email) -> str:
    """Return the ID that a provider gave to an email, if it was sent with django-anymail."""
    status = getattr(email, "anymail_status", None)
    found = getattr(status, "message_id", None)
    return found[:255] if isinstance(found, str) else ""


def _save_failure(notification, error, now, settle) -> None:
    _save_invitation_outcome(notification, failed=True)
    text = storable(f"{type(error).__name__}: {error}")[:2000]
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


class NothingSent(Exception):
    """Every email failed, so the fault isn't that of a single one."""

    is_safe_to_log = True


class Outcome(NamedTuple):
    """How many notifications were tried, how many emails were sent, and how many failed. The rest
    needn't be sent, or another process has it."""

    tried: int
    sent: int
    failed: int

    def require_some(self) -> None:
        """Make sure that not everything failed.

        :raises NothingSent: if no email could be sent, but some should have been.
        """
        if self.failed and not self.sent:
            raise NothingSent(f"{self.failed} emails failed, and none could be sent.")


def send_all(*, clock=timezone.now, most: int | None = None) -> Outcome:
    """Send the emails that are due. Any number of processes can run this at once, and beside the
    tasks.

    :param most: how many to send now; None for all.
    """
    results: list[bool | None] = []
    seen: set[int] = set()
    while most is None or len(seen) < most:
        due = Notification.objects.due(clock()).exclude(pk__in=list(seen)[-5000:])
        size = CHUNK if most is None else min(CHUNK, most - len(seen))
        keys = list(due.values_list("pk", flat=True)[:size])
        if not set(keys) - seen:
            break
        if DeliveryPause.objects.is_active(clock()):
            # The email server hangs, so what's due can't be sent now.
            results.append(False)
            break
        seen.update(keys)
        results += send_each(keys, clock=clock)
    return Outcome(len(results), results.count(True), results.count(False))


def send_batch(*, most: int) -> int:
    """Send up to ``most`` emails that are due, and return how many were tried.

    :raises NothingSent: if there were some and none could be sent.
    """
    outcome = send_all(most=most)
    outcome.require_some()
    return outcome.tried


def send_due(*, clock=timezone.now) -> Outcome:
    """Collect digests, send everything that's due, and delete what's old.

    :raises ReadOnly: in read-only mode.
    """
    require_writable()
    collect_digests(clock())
    outcome = send_all(clock=clock)
    delete_old(clock())
    return outcome


def delete_old(now=None, *, most: int | None = None) -> int:
    """Delete what was sent, or failed, long ago, and return how many.

    :param most: how many to delete now; None for all.
    """
    old = (now or timezone.now()) - timedelta(days=conf.EMAIL_RETENTION_DAYS)
    done = [Delivery.SENT, Delivery.FAILED]
    return delete_some(Notification.objects.filter(state__in=done, created_at__lt=old), most)
