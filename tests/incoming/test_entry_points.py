"""How emails get in without a mailbox. No sender is told that an email was received before it's
stored."""

import asyncio
import io
import smtplib
import socket
import sys
from email import message_from_bytes, policy

import django
import pytest
from django.core.management import CommandError, call_command

from tests.ports import MailController, claim_port
from wagtail_portal import actions
from wagtail_portal.incoming import lmtp
from wagtail_portal.management.commands import receive_lmtp
from wagtail_portal.models import PortalSettings, ReceivedEmail, ReceivedState, portal_storage
from wagtail_portal.notifications import outbox

from .conftest import MAILBOX
from .emails import email


@pytest.fixture
def standard_input(monkeypatch):
    """Return ``standard_input(raw)``, which runs the command with that on its standard input."""

    def run(raw: bytes, *recipients):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        call_command("receive_email", *recipients, "--sender", "dana@acme.example")

    return run


def test_command_stores_what_it_reads(incoming, standard_input):
    # Once, because it contains the time.
    content = email(to="list@elsewhere.example")
    standard_input(content, MAILBOX)
    row = ReceivedEmail.objects.get()
    assert (row.state, row.envelope_from) == (ReceivedState.WAITING, "dana@acme.example")
    assert row.envelope_to[0] == MAILBOX
    with row.raw.open("rb") as file:
        assert file.read() == content


def test_command_says_whether_to_try_again(home, incoming, standard_input, monkeypatch):
    def fail(*args):
        raise OSError("full")

    with monkeypatch.context() as patch:
        patch.setattr(portal_storage(), "save", fail)
        with pytest.raises(CommandError) as error:
            standard_input(email(), MAILBOX)
    assert error.value.returncode == 75
    PortalSettings.objects.update(incoming_address="")
    with pytest.raises(CommandError) as error:
        standard_input(email(), MAILBOX)
    assert error.value.returncode == 65
    assert not ReceivedEmail.objects.exists()


class Envelope:
    content, mail_from, rcpt_tos = email(), "", [MAILBOX, "b@company.example"]


class LmtpServer(lmtp.LmtpController, MailController):
    """The portal's server on a reserved port."""


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_lmtp_stores_what_it_confirms(incoming):
    with claim_port() as claim:
        server = LmtpServer(lmtp.Handler(), claim)
        server.start()
        try:
            with smtplib.LMTP(*claim.getsockname()) as client:
                client.sendmail("dana@acme.example", MAILBOX, email())
                client.sendmail("", MAILBOX, email("I'm away."))
        finally:
            server.stop()
    senders = ReceivedEmail.objects.order_by("pk").values_list("envelope_from", flat=True)
    assert list(senders) == ["dana@acme.example", ""]


def test_lmtp_keeps_what_cannot_be_stored_with_the_mail_server(incoming, monkeypatch):
    answers = []

    def fail(*args, **kwargs):
        raise OSError("full")

    handler = lmtp.Handler()
    monkeypatch.setattr(lmtp, "receive_email", fail)
    monkeypatch.setattr(asyncio, "to_thread", lambda function, *args: _done(function(*args)))
    answers.append(asyncio.run(handler.handle_DATA(None, None, Envelope)))
    assert answers[0].split("\r\n")[0].startswith("451")
    assert len(answers[0].split("\r\n")) == 2


async def _done(value):
    return value


class Inbox:
    """An email server that keeps what the portal sends."""

    def __init__(self):
        self.received = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_conversation_over_real_servers(incoming, ticket, dana, team, settings):
    """The portal's email goes out with SMTP, and the answer to it comes in with LMTP."""
    inbox = Inbox()
    with claim_port() as out, claim_port() as into:
        outside, portal = MailController(inbox, out), LmtpServer(lmtp.Handler(), into)
        outside.start()
        portal.start()
        try:
            use_smtp(settings, *out.getsockname())
            actions.reply(ticket, by=team, body="Try again.")
            outbox.send_due()
            (sent,) = (row for row in inbox.received if row["To"] == dana.email)
            answer = email(
                "It works now.",
                to=sent["Reply-To"],
                headers=(f"In-Reply-To: {sent['Message-ID']}",),
            )
            with smtplib.LMTP(*into.getsockname()) as client:
                client.sendmail(dana.email, sent["Reply-To"], answer)
        finally:
            portal.stop()
            outside.stop()
    actions.process_emails(most=10)
    message = ticket.messages.latest("pk")
    assert (message.body, message.member) == ("It works now.", dana)


def use_smtp(settings, host: str, port: int) -> None:
    backend = "django.core.mail.backends.smtp.EmailBackend"
    if django.VERSION >= (6, 1):
        options = {"host": host, "port": port, "timeout": 10}
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    else:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = backend, host, port


def test_lmtp_command_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(receive_lmtp, "LmtpController", None)
    with pytest.raises(CommandError, match=r"wagtail-portal\[lmtp\]"):
        call_command("receive_lmtp")


def test_lmtp_command_says_that_the_port_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Can't listen at 127.0.0.1:{port}"):
            call_command("receive_lmtp", port=port)
