"""The outbox: each notification is claimed by one process, sent, and its fate written down.

Whatever happens in between — a mail server that is down, a process that is killed — the row stays,
and is due again: after a pause that grows, or when the lease of the dead process is over. What was
cut between the mail server's "yes" and our writing it down is sent once more, under the same
Message-ID, and nothing else is ever sent twice.
"""

import logging
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.compat import send_mail
from wagtail_portal.models import Delivery, Event, Notification, next_digest

from . import digests, secret_emails
from .emails import build
from .joining import join_context, request_of
from .loop_protection import is_pointless, over_budget
from .recipients import may_still_hear

logger = logging.getLogger(__name__)

#: The longest pause between two tries.
LONGEST_PAUSE = timedelta(hours=4)
#: Notifications looked up at once by the sweeper.
CHUNK = 100
RELATED = (
    *("recipient", "member", "actor", "invitation__organization", "message__author"),
    *("site", "ticket__site", "ticket__organization", "ticket__status"),
    *("member__organization", "member__role", "ticket__requester__user"),
)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries: a minute, two, four, … and at most some hours."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def send(pk: int, *, clock=timezone.now) -> bool:
    """Send one notification, unless it was sent, is not due or another process has it; says
    whether it was sent now. What went wrong stays with it.

    :param clock: what time it is.
    """
    lease = timedelta(seconds=conf.MAIL_LEASE_SECONDS)
    claim = Notification.objects.claim(pk, now=clock(), lease=lease)
    if claim is None:
        return False
    notification = Notification.objects.select_related(*RELATED).get(pk=pk)
    settle = partial(Notification.objects.settle, pk, claim)
    if clock() >= notification.give_up_at:
        # It was claimed, and nobody came back to say what became of it.
        settle(state=Delivery.GIVEN_UP, sealed="")
        return False
    if not may_still_hear(notification) or is_pointless(notification):
        Notification.objects.filter(pk=pk, claim=claim).delete()
        return False
    if reason := over_budget(notification, clock()):
        # Visibly, and not lost: it comes with the next summary.
        logger.warning("Notification %s waits. %s", pk, reason)
        settle(state=Delivery.DIGEST, due_at=next_digest(clock()), error=reason)
        return False
    try:
        mail = _build(notification)
        if mail is not None:
            send_mail(mail)
    except Exception as error:
        # Whatever a mail server or a template does: the notification stays, visibly.
        logger.exception("Notification %s was not delivered.", pk)
        _failed(notification, error, clock(), settle)
        return False
    secret_emails.note_outcome(notification, failed=False)
    if notification.is_secret:
        # Nobody needs to know later who signed in when.
        Notification.objects.filter(pk=pk, claim=claim).delete()
    elif not settle(state=Delivery.SENT, sent_at=clock(), error=""):
        logger.warning("Notification %s took longer than its lease.", pk)
    return True


def _build(notification):
    """The mail; None when nothing is left to tell."""
    if notification.is_secret:
        return secret_emails.build(notification)
    if notification.event == Event.JOIN_REQUESTED:
        request = request_of(notification)
        return build(notification, lambda row: join_context(row, request)) if request else None
    if notification.event != Event.DIGEST:
        return build(notification)
    context = digests.digest_context(notification)
    return build(notification, lambda _summary: context) if context["tickets"] else None


def _failed(notification, error, now, settle) -> None:
    secret_emails.note_outcome(notification, failed=True)
    words = f"{type(error).__name__}: {error}"[:2000]
    next_try = now + pause(notification.attempts)
    if next_try >= notification.give_up_at:
        settle(state=Delivery.GIVEN_UP, error=words, sealed="")
    else:
        settle(due_at=next_try, error=words)


def sweep(*, clock=timezone.now) -> int:
    """Send everything that is due, and say how many were sent. Any number of these can run at
    once, and beside the tasks."""
    digests.collect(clock())
    sent, seen = 0, set()
    while True:
        due = Notification.objects.due(clock()).exclude(pk__in=list(seen)[-5000:])
        keys = list(due.values_list("pk", flat=True)[:CHUNK])
        if not set(keys) - seen:
            break
        seen.update(keys)
        sent += sum(send(pk, clock=clock) for pk in keys)
    discard(clock())
    return sent


def discard(now) -> int:
    """Delete what was sent or given up long ago; says how many."""
    old = now - timedelta(days=conf.MAIL_KEEP_DAYS)
    done = [Delivery.SENT, Delivery.GIVEN_UP]
    keys = Notification.objects.filter(state__in=done, created_at__lt=old).order_by()
    gone = 0
    while some := list(keys.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            gone += Notification.objects.filter(pk__in=some).delete()[0]
    return gone
