"""Whatever an email consists of, it's stored and shown, and the team can decide about it."""

import random

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.thorough import THOROUGH
from wagtail_portal import actions
from wagtail_portal.models import Reason, ReceivedEmail, ReceivedState
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .corpus import CASES
from .damage import damaged
from .emails import SERVER, email, multipart, part, passed

NAMESPACE = "wagtailsnippets_wagtail_portal_receivedemail"
#: Damaged emails, and emails made by Hypothesis.
DAMAGED, MADE = (800, 400) if THOROUGH else (30, 25)


@pytest.fixture
def survives(incoming, ticket, dana, team, client, settings):
    """Return ``survives(raw)``, which receives and processes an email, shows it to an agent, and
    presses each button that there is."""
    settings.WAGTAIL_PORTAL = {
        **settings.WAGTAIL_PORTAL,
        "REPLIES_PER_HOUR": 0,
        "TICKETS_PER_HOUR": 0,
    }
    incoming.unknown_senders, incoming.agents_reply_by_email = "open", True
    incoming.save()
    client.force_login(team.user, "django.contrib.auth.backends.ModelBackend")

    def press(row: ReceivedEmail, button: str) -> None:
        url = reverse(f"{NAMESPACE}:decide", args=[row.pk])
        assert client.post(url, {"do": button}).status_code == 302
        page = client.get(reverse(f"{NAMESPACE}:view", args=[row.pk]))
        assert page.status_code == 200
        # What it says is there, not only the original.
        assert page.context["message"] is not None

    def process(row: ReceivedEmail) -> None:
        assert actions.process_email(row.pk)
        row.refresh_from_db()
        assert (row.state, row.reason) != (ReceivedState.WAITING, Reason.ERROR), row.detail

    def run(raw: bytes) -> None:
        (row,) = actions.receive_email(raw, envelope_to=[MAILBOX])
        if row.state != ReceivedState.WAITING:
            # Hypothesis tries some things twice.
            return
        process(row)
        original = client.get(reverse(f"{NAMESPACE}:original", args=[row.pk]))
        assert b"".join(original.streaming_content) == raw
        press(row, "again")
        rows = ReceivedEmail.objects.filter(pk=row.pk)
        for button in ("not_spam", "accept", "discard"):
            # As if it had waited for the team, whatever became of it.
            rows.update(state=ReceivedState.HELD, claim=None, message=None)
            press(row, button)
            if button == "not_spam":
                process(row)
        row.refresh_from_db()
        assert row.state == ReceivedState.DISCARDED

    return run


def test_damaged_emails_are_received_shown_and_added(survives, ticket, dana):
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    dice = random.Random(20261129)
    raws = [case.raw for case in CASES.values()]
    addressed = [raw.replace(f"To: {MAILBOX}".encode(), f"To: {to}".encode()) for raw in raws]
    for number in range(DAMAGED):
        raw = dice.choice(addressed if number % 2 else raws)
        survives(damaged(raw, raws, dice) or b"x")


_BYTES = st.one_of(st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode()))
_VALUES = st.one_of(
    _BYTES.map(lambda value: value.replace(b"\n", b"\n ")),
    st.sampled_from(
        [
            *(b"multipart/mixed; boundary=b", b"multipart/report; report-type=feedback-report"),
            *(b"message/rfc822", b"text/html; charset=utf-7", b"message/delivery-status"),
            *(b"Dana <dana@acme.example>", b"=?utf-8?b?/////w==?=", b"<a@b> <c@d>", b"base64"),
            *(b"attachment; filename*=utf-16''%00", b'inline; filename=".."', b"auto-replied"),
        ]
    ),
)
_NAMES = st.one_of(
    st.sampled_from(
        [
            *("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
            *("Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID"),
            *("Return-Path", "Auto-Submitted", "Authentication-Results", "MIME-Version"),
        ]
    ).map(str.encode),
    st.binary(max_size=8),
)
_HEADS = st.lists(st.tuples(_NAMES, _VALUES), max_size=8).map(
    lambda rows: b"".join(name + b": " + value + b"\r\n" for name, value in rows)
)
_PARTS = st.recursive(
    st.tuples(_HEADS, _BYTES).map(b"\r\n".join),
    lambda inner: st.tuples(
        _HEADS, st.lists(inner, max_size=3).map(lambda rows: b"\r\n--b\r\n".join([b"", *rows]))
    ).map(b"\r\n".join),
    max_leaves=6,
)


@settings(
    max_examples=MADE,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(raw=_PARTS)
def test_emails_that_no_program_writes_are_received_shown_and_added(raw, survives):
    survives(raw if raw.strip() else b"x")


def _nested(depth: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (number, number)
        for number in range(depth)
    )
    return b"From: dana@acme.example\r\n" + head + b"Content-Type: text/plain\r\n\r\nHello"


HOSTILE = {
    "a thousand multiparts in each other": _nested(1000),
    "as many as are read": _nested(55),
    "a thousand emails in each other": b"From: dana@acme.example\r\n"
    + b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    "fifty emails in each other, and reports": b"From: dana@acme.example\r\n"
    + b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/delivery-status\r\n\r\n" * 50,
    "headers of ten megabytes": email("x", headers=(f"X-Big: {'y' * 10_000_000}",)),
    "a subject of a megabyte": email("x", subject="Grüße " * 150_000),
    "an encoded subject of a megabyte": email("x", subject="=?utf-8?q?=C3=BC?= " * 60_000),
    "a sender of a megabyte": email("x", sender=f"{'a' * 1_000_000} <dana@acme.example>"),
    "an address of a thousand letters": email("x", sender=f"dana@{'acme.' * 200}example"),
    "a hundred thousand recipients": email(
        "x", to=", ".join(f"a{n}@b.example" for n in range(100_000))
    ),
    "a hundred thousand headers": email("x", headers=("X: y",) * 100_000),
    "a Message-ID that no database stores": email("x", message_id="<a\0b\udcff@acme.example>"),
    "a Message-ID in other letters": email("x", message_id="<größe@acme.example>"),
    "references that no database stores": email(
        "x", headers=("In-Reply-To: <\udcff\0@x>", f"References: {'<a@b> ' * 50_000}")
    ),
    "halves of characters": email("x\udce2\udc82 \ud800".encode("utf-8", "surrogatepass")),
    "NULs in every place": email(
        "a\0b", subject="a\0b", sender="Da\0na <dana@acme.example>", to="a\0@b.example"
    ),
    "a file name of a thousand letters": multipart(
        "mixed",
        part("x"),
        part("y", "text/plain", f'Content-Disposition: attachment; filename="{"n" * 1000}.txt"'),
    ),
    "a file name without letters": multipart(
        "mixed",
        part("x"),
        part("y", "text/plain", 'Content-Disposition: attachment; filename="\0/"'),
    ),
    "a file name in a charset that doesn't exist": multipart(
        "mixed",
        part("x"),
        part("y", "text/plain", "Content-Disposition: attachment; filename*=nonsense''%FF.txt"),
    ),
    "results of a megabyte": email("x", results=f"{passed()} {'(' * 1_000_000}"),
    "many results": email("x", results="\r\n".join([passed(server="x"), passed()] * 2000)),
    "a server without anything": email("x", results=f"Authentication-Results: {SERVER}"),
    "nothing but a colon": b":\r\n\r\n:",
    "nothing but headers": b"From: dana@acme.example",
    "no sender": b"To: support@company.example\r\n\r\nHello",
    "a mailbox instead of an email": b"From x\n" * 1000,
    "every byte": bytes(range(256)) * 4,
    "a text of ten megabytes": email("word " * 2_000_000),
    "a page of ten megabytes": email("<p>word " * 1_250_000, content_type="text/html"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_emails_are_received_shown_and_added(name, survives):
    survives(HOSTILE[name])


@pytest.mark.parametrize("error", [RecursionError, AttributeError, KeyError])
def test_email_that_cannot_be_read_is_added_as_a_file(
    arrive, ticket, dana, team, client, monkeypatch, error
):
    """As with an error of Python's parser that no one has met yet."""

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("wagtail_portal.utils.received_email.parser.split_quotes", fail)
    row = arrive(email("Hello", to=sign_reply_address(MAILBOX, ticket.number, dana.pk)))
    # It's tried again, and waits for the team in the end.
    assert (row.state, row.reason) == (ReceivedState.WAITING, Reason.ERROR)
    ReceivedEmail.objects.update(state=ReceivedState.FAILED)
    client.force_login(team.user, "django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse(f"{NAMESPACE}:view", args=[row.pk]))
    assert "dana@acme.example" in page.content.decode()
    client.post(reverse(f"{NAMESPACE}:decide", args=[row.pk]), {"do": "accept"})
    row.refresh_from_db()
    assert (row.state, row.ticket, row.member) == (ReceivedState.ADDED, ticket, dana)
    (file,) = row.message.attachments.all()
    with file.file.open("rb") as stream:
        assert (file.name, b"Hello" in stream.read()) == ("email.eml", True)


def test_error_that_no_database_can_store_is_saved(arrive, ticket, dana, monkeypatch):
    def fail(row, message):
        raise LookupError("unknown encoding: \0\ud800x")

    monkeypatch.setattr("wagtail_portal.actions.email.process_email.sort_email", fail)
    row = arrive(email(sender=dana.email))
    assert (row.state, row.claim) == (ReceivedState.WAITING, None)
    assert row.detail == "LookupError: unknown encoding: x"
