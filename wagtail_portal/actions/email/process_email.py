"""Add a received email to its ticket, exactly once."""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions._locks import for_update
from wagtail_portal.exceptions import ActionError, Invalid, RateLimited
from wagtail_portal.logs import safe_copy
from wagtail_portal.models import Reason, ReceivedEmail, ReceivedState
from wagtail_portal.utils.received_email import Automatic, parse_anyway
from wagtail_portal.utils.text import storable

from ._add_email import add_email
from ._answer import answer, limit_answer
from ._sort_email import Sorted, sort_email
from .check_mailbox import note_mailbox_test
from .note_feedback import forget_failures, note_report

logger = logging.getLogger(__name__)

#: For how long a process has an email. If it dies, another one processes it afterwards.
LEASE = timedelta(minutes=15)
#: How often processing is tried after an error, and the longest pause in between.
ATTEMPTS, LONGEST_PAUSE = 12, timedelta(hours=4)
RELATED = ("site", "ticket", "member")


def process_email(pk: int) -> bool | None:
    """Process a received email. Return True if that's done, False if it failed and is tried again
    later, and None if it was processed before or another process has it.

    Never raises an error of what's in the email: whatever goes wrong is saved with it.
    """
    claim = ReceivedEmail.objects.claim(pk, now=timezone.now(), lease=LEASE)
    if claim is None:
        return None
    row = ReceivedEmail.objects.select_related(*RELATED).filter(pk=pk).first()
    if row is None:
        # Its sender was erased a moment ago.
        return None
    try:
        with row.raw.open("rb") as file:
            message = parse_anyway(file.read())
        _describe(row, message)
        found = limit_answer(row, message, sort_email(row, message))
        # If it can't be added, the team decides with what's known.
        known = {"ticket": found.ticket, "member": found.member, "verdict": found.verdict}
        ReceivedEmail.objects.filter(pk=pk, claim=claim).update(**known)
        if message.error is not None:
            raise message.error
        _settle(row, claim, message, found)
    except RateLimited as error:
        # Waiting isn't failing.
        due_at = timezone.now() + timedelta(minutes=error.minutes)
        _release(row, claim, due_at=due_at, attempts=row.attempts - 1)
        return False
    except ActionError as error:
        # The ticket or the sender has changed, or something can't be saved: the team decides.
        detail = " ".join(error.messages) if isinstance(error, Invalid) else ""
        _release(row, claim, state=ReceivedState.HELD, reason=Reason.REFUSED, detail=detail[:2000])
    except Exception as error:
        logger.error("The received email %s could not be processed.", pk, exc_info=safe_copy(error))
        detail = storable(f"{type(error).__name__}: {error}")[:2000]
        if row.attempts >= ATTEMPTS:
            _release(row, claim, state=ReceivedState.FAILED, reason=Reason.ERROR, detail=detail)
        else:
            pause = min(timedelta(minutes=2 ** (row.attempts - 1)), LONGEST_PAUSE)
            _release(row, claim, reason=Reason.ERROR, detail=detail, due_at=timezone.now() + pause)
        return False
    return True


def process_emails(*, most: int) -> int:
    """Process received emails that are due, and return how many were tried.

    :param most: how many to try now.
    """
    due = ReceivedEmail.objects.due(timezone.now()).values_list("pk", flat=True)
    return len([process_email(pk) for pk in list(due[:most])])


def _describe(row: ReceivedEmail, message: Any) -> None:
    """Note what the team needs to recognize the email, also if nothing else works."""
    row.sender, row.sender_name = message.sender.address[:320], message.sender.name
    row.subject = message.subject[: ReceivedEmail._meta.get_field("subject").max_length]
    row.internet_message_id = message.message_id
    row.save(update_fields=["sender", "sender_name", "subject", "internet_message_id"])


def _settle(row: ReceivedEmail, claim: Any, message: Any, found: Sorted) -> None:
    """Do what was decided, and save it, in one transaction: a process that's killed has done
    either both or nothing."""
    with transaction.atomic():
        same = ReceivedEmail.objects.filter(pk=row.pk, claim=claim, state=ReceivedState.WAITING)
        if for_update(same).first() is None:
            # It took longer than the lease.
            return
        row.ticket, row.member = found.ticket, found.member
        added, detail = None, ""
        if found.state == ReceivedState.ADDED:
            added, detail = add_email(
                row,
                message,
                ticket=found.ticket,
                member=found.member,
                user=found.user,
                is_note=found.is_note,
            )
            forget_failures(message.sender.address)
        elif found.reason == Reason.TEST:
            note_mailbox_test(row, message, found.verdict)
        elif found.state == ReceivedState.ANSWERED:
            answer(row, message)
        elif message.automatic in (Automatic.BOUNCE, Automatic.COMPLAINT):
            detail = note_report(row, message)
        _release(
            row,
            claim,
            state=found.state,
            reason=found.reason,
            verdict=found.verdict,
            detail=detail,
            message=added,
            ticket=added.ticket if added else row.ticket,
            member=added.member if added else found.member,
        )


def _release(row: ReceivedEmail, claim: Any, **changes: Any) -> None:
    rows = ReceivedEmail.objects.filter(pk=row.pk, claim=claim)
    rows.update(claim=None, claimed_until=None, **changes)
