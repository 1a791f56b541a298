"""Emails are read from a mailbox of a real Dovecot, with TLS, OAuth2 and IDLE."""

import imaplib
import ssl
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from wagtail_portal.incoming import imap
from wagtail_portal.models import ReceivedEmail
from wagtail_portal.utils import oauth2
from wagtail_portal.utils.mailboxes import connect, mailboxes

from .dovecot import PASSWORD, USER, dovecot, has_dovecot, token_server, write_certificate
from .emails import email

pytestmark = pytest.mark.skipif(not has_dovecot(), reason="no Dovecot 2.3 found")


@pytest.fixture
def folder():
    # Sockets have short paths only.
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@pytest.fixture
def configure(incoming, settings):
    """Return ``configure(port, **more)``, which sets the only mailbox."""

    def run(port: int, **more):
        entry = {"HOST": "127.0.0.1", "PORT": port, "USER": USER, "TLS": False}
        settings.WAGTAIL_PORTAL = {"MAILBOXES": [{**entry, "PASSWORD": PASSWORD, **more}]}

    return run


def put(port: int, *texts: str, flags: str = "") -> None:
    """Put emails into the mailbox."""
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(USER, PASSWORD)
    for text in texts:
        client.append("INBOX", flags, "", email(text))
    client.logout()


def test_mailbox_is_read_and_new_emails_come_at_once(configure, folder):
    with dovecot(folder) as port:
        configure(port)
        put(port, "Number 0", "Number 1", "Number 2")
        call_command("receive_mailbox", once=True)
        assert ReceivedEmail.objects.count() == 3
        # What was read by somebody isn't left out, and nothing is received twice.
        put(port, "Number 3", flags="\\Seen")
        (box,) = mailboxes()
        with imap.MailboxReader(box) as reader:
            assert "IDLE" in reader.imap.capabilities
            assert reader.mark == imap.KEYWORD
            assert reader.receive() == 1
            assert reader.receive() == 0
            put(port, "Number 4")
            reader.wait(60)
            assert reader.receive() == 1
    assert ReceivedEmail.objects.count() == 5


def test_emails_from_before_the_portal_are_left_alone(configure, folder):
    with dovecot(folder) as port:
        configure(port)
        client = imaplib.IMAP4("127.0.0.1", port)
        client.login(USER, PASSWORD)
        for days in (30, 3):
            date = imaplib.Time2Internaldate(timezone.now() - timedelta(days=days))
            client.append("INBOX", "", date, email(f"{days} days ago"))
        client.logout()
        call_command("receive_mailbox", once=True)
        with ReceivedEmail.objects.get().raw.open("rb") as file:
            assert b"3 days ago" in file.read()
        configure(port, SINCE_DAYS=0)
        call_command("receive_mailbox", once=True)
    assert ReceivedEmail.objects.count() == 2


def test_mailbox_without_idle_is_asked_again(configure, folder):
    with dovecot(folder, idle=False) as port:
        configure(port)
        (box,) = mailboxes()
        with imap.MailboxReader(box) as reader:
            assert "IDLE" not in reader.imap.capabilities
            assert reader.receive() == 0
            put(port, "Number 0")
            reader.wait(0)
            assert reader.receive() == 1
    assert ReceivedEmail.objects.count() == 1


def test_only_a_trusted_server_gets_the_password(configure, folder, monkeypatch):
    certificate, _key = write_certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with dovecot(folder, tls=True) as port:
        configure(port, TLS=True)
        (box,) = mailboxes()
        with imap.MailboxReader(box) as reader:
            assert reader.receive() == 0
            assert reader.imap.socket().version() in ("TLSv1.2", "TLSv1.3")
            # Also over TLS, what happens in the mailbox is told at once.
            other = connect(box)
            other.append("INBOX", "", "", email("Number 0"))
            other.logout()
            reader.wait(60)
            assert reader.receive() == 1
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(box)


def test_mailbox_is_read_with_oauth2(configure, folder, monkeypatch, caplog):
    oauth2._tokens.clear()
    with token_server() as (url, issued), dovecot(folder, tokens=url) as port:
        consent = {"CLIENT_ID": "portal", "CLIENT_SECRET": "s", "REFRESH_TOKEN": "consent"}
        for provider in ("google", "microsoft"):
            configure(port, TOKEN=provider, TOKEN_URL=f"{url}/token", PASSWORD="", **consent)
            call_command("receive_mailbox", once=True)
            # A token is used as long as it's valid.
            call_command("receive_mailbox", once=True)
        assert len(issued) == 2
        configure(port, TOKEN="tests.incoming.test_mailboxes.first_token", PASSWORD="")
        call_command("receive_mailbox", once=True)
        wrong = {**consent, "REFRESH_TOKEN": "withdrawn"}
        configure(port, TOKEN="google", TOKEN_URL=f"{url}/token", PASSWORD="", **wrong)
        with pytest.raises(CommandError):
            call_command("receive_mailbox", once=True)
        assert "invalid_grant" in caplog.text
        assert "secret words" not in caplog.text and "withdrawn" not in caplog.text
        # A token that the server doesn't accept is an error, too, and doesn't hang.
        monkeypatch.setattr(oauth2, "_tokens", {})
        issued.clear()
        configure(port, TOKEN="tests.incoming.test_mailboxes.first_token", PASSWORD="")
        with pytest.raises(CommandError):
            call_command("receive_mailbox", once=True)


def first_token(user: str) -> str:
    return "token0"
