"""What becomes of each email of the corpus if it's sent to the reply address of a customer."""

from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.utils import timezone

from wagtail_portal import actions
from wagtail_portal.models import (
    FailingAddress,
    Feedback,
    Message,
    Notification,
    Reason,
    ReceivedState,
)
from wagtail_portal.utils.received_email import Automatic
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .corpus_programs import CASES, KEY, report
from .emails import passed

_AUTOMATIC = {
    Automatic.REPLY: (ReceivedState.IGNORED, Reason.AUTOMATIC),
    Automatic.BOUNCE: (ReceivedState.IGNORED, Reason.BOUNCE),
    Automatic.COMPLAINT: (ReceivedState.IGNORED, Reason.COMPLAINT),
    Automatic.RECEIPT: (ReceivedState.IGNORED, Reason.RECEIPT),
    Automatic.LIST: (ReceivedState.HELD, Reason.LIST),
    Automatic.PERHAPS: (ReceivedState.HELD, Reason.PERHAPS_AUTOMATIC),
}


def expected(case, raw: bytes) -> tuple[str, str]:
    """Return the state and the reason."""
    if case.automatic != Automatic.NO:
        return _AUTOMATIC[case.automatic]
    if case.is_spam:
        return ReceivedState.SPAM, Reason.SPAM
    is_verified = passed().encode() in raw and case.is_certain is not False
    if is_verified and case.sender in (None, "dana@acme.example"):
        return ReceivedState.ADDED, Reason.NONE
    return ReceivedState.HELD, ""


def test_each_email_ends_up_where_it_belongs(arrive, ticket, dana, settings):
    settings.WAGTAIL_PORTAL = {
        **settings.WAGTAIL_PORTAL,
        "REPLIES_PER_HOUR": 0,
        "TICKETS_PER_HOUR": 0,
    }
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    wrong, added = [], 0
    for number, (name, case) in enumerate(CASES.items()):
        raw = case.raw.replace(MAILBOX.encode(), to.encode())
        # What's the same for several cases would be received once.
        raw = raw.replace(b"Message-ID: <one@", f"Message-ID: <{number}@".encode())
        before = Message.objects.count()
        row = arrive(raw)
        state, reason = expected(case, raw)
        found = (row.state, row.reason if reason or state == ReceivedState.ADDED else "")
        if found != (state, reason):
            wrong.append((name, row.state, row.reason, row.detail))
        is_added = state == ReceivedState.ADDED
        added += is_added
        assert Message.objects.count() == before + is_added, name
        if is_added and row.message is not None:
            # Without the address, it opens a ticket.
            assert (row.ticket == ticket) == (to.encode() in raw), name
            assert case.text in (None, "", row.message.body) or case.text in row.message.body, name
            attached = {file.name for file in row.message.attachments.all()}
            refused = {file for file in case.files or () if file in row.message.body}
            assert set(case.files or ()) <= attached | refused, name
    assert wrong == []
    assert added > 300


@pytest.mark.parametrize(
    ("action", "status", "feedback", "failures"),
    [
        ("failed", "5.1.1", Feedback.BOUNCED, 1),
        ("failed", "4.4.7", Feedback.BOUNCED, 0),
        ("delayed", "4.4.1", Feedback.DELAYED, None),
        ("delivered", "2.0.0", "", None),
    ],
)
def test_delay_is_no_failure(
    arrive,
    ticket,
    dana,
    team,
    django_capture_on_commit_callbacks,
    action,
    status,
    feedback,
    failures,
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=team, body="Try again.")
    sent = Notification.objects.get(event="reply_added", recipient=dana.user)
    key = mail.outbox[-1].extra_headers["Message-ID"].strip("<>")
    arrive(report(action, status).replace(KEY.encode(), key.encode()))
    sent.refresh_from_db()
    assert sent.feedback == feedback
    row = FailingAddress.objects.filter(email=dana.email).first()
    assert (row and row.failures) == failures


def test_address_that_still_fails_after_a_pause_is_stopped_again(db):
    now = timezone.now()
    times = [now - timedelta(days=days) for days in (30, 29, 28, 27, 15, 14, 0)]
    fail = partial(
        FailingAddress.objects.note_failure, "dana@acme.example", "550", is_permanent=True
    )
    assert [fail(at=at) for at in times] == [False, False, True, False, True, False, True]
    assert FailingAddress.objects.get().is_stopped
