"""The test of incoming email: each step in plain words, with an email that the portal sends."""

import imaplib
import tempfile
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.ports import claim_port
from wagtail_portal import actions
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import MailboxTest, Reason, Ticket
from wagtail_portal.permissions import Actor

from .conftest import MAILBOX
from .dovecot import PASSWORD, USER, dovecot, has_dovecot
from .emails import SERVER, email, passed


@pytest.fixture
def manager(db):
    return factories.staff("Support managers")


@pytest.fixture
def url(incoming):
    return reverse("wagtail_portal_mailbox_test", args=[incoming.site_id])


@pytest.fixture
def browser(manager):
    found = Client()
    found.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    return found


def text_of(browser, url) -> str:
    return unescape(browser.get(url).content.decode())


def test_each_step_is_shown_and_the_test_email_opens_no_ticket(browser, url, arrive, incoming):
    assert MAILBOX in text_of(browser, url)
    browser.post(url, {"do": "begin"})
    (sent,) = mail.outbox
    page = text_of(browser, url)
    assert f"Send a test email to the reply address {sent.to[0]}" in page
    assert sent.to[0].startswith("support+0.")
    assert "No mailbox is configured" in page
    assert "It hasn’t arrived yet" in page
    raw = sent.message().as_bytes()
    row = arrive(passed("company.example").encode() + b"\n" + raw)
    assert (row.reason, row.ticket) == (Reason.TEST, None)
    page = text_of(browser, url)
    assert "It arrived after" in page
    assert "The server named in EMAIL_AUTHSERV_IDS checked the sender" in page
    assert not Ticket.objects.exists()
    # A new test begins at the beginning.
    browser.post(url, {"do": "begin"})
    assert "It hasn’t arrived yet" in text_of(browser, url)


def test_missing_server_is_named(browser, url, arrive, settings):
    settings.WAGTAIL_PORTAL = {}
    browser.post(url, {"do": "begin"})
    raw = mail.outbox[0].message().as_bytes()
    arrive(passed("company.example").encode() + b"\n" + raw)
    page = text_of(browser, url)
    assert f"The sender was checked by {SERVER}" in page
    assert "add its name to EMAIL_AUTHSERV_IDS" in page


def test_forged_test_email_changes_nothing(browser, url, arrive):
    browser.post(url, {"do": "begin"})
    key = MailboxTest.objects.get().key
    arrive(email("x", message_id=f"<mailbox-test-{key}.aaaaaaaaaaaaaaaa@testserver>"))
    assert "It hasn’t arrived yet" in text_of(browser, url)


def test_email_that_cannot_be_sent_is_explained(browser, url, monkeypatch):
    def fail():
        raise ConnectionRefusedError("no server")

    monkeypatch.setattr("wagtail_portal.actions.email.check_mailbox.mail_backend", fail)
    browser.post(url, {"do": "begin"})
    assert "ConnectionRefusedError: no server" in text_of(browser, url)


def test_unusable_mailboxes_are_explained(incoming, manager, settings):
    entry = {"USER": USER, "PASSWORD": PASSWORD, "TLS": False}
    with claim_port() as claim:
        port = claim.getsockname()[1]
    cases = [
        ({"HOST": "imap.invalid"}, "There’s no server with the name imap.invalid"),
        ({"HOST": "127.0.0.1", "PORT": port}, "doesn’t accept connections on port"),
        ({"HOST": "127.0.0.1", "FOLDR": "x"}, "An entry of MAILBOXES needs"),
    ]
    for more, expected in cases:
        settings.WAGTAIL_PORTAL = {"MAILBOXES": [{**entry, **more}]}
        test = actions.begin_mailbox_test(incoming.site, by=Actor.for_agent(manager))
        (step,) = test.connections
        assert step["state"] == "failed"
        assert expected in step["detail"]
        assert PASSWORD not in str(test.connections)


@pytest.mark.skipif(not has_dovecot(), reason="no Dovecot 2.3 found")
def test_mailbox_of_a_real_server_is_tested(browser, url, settings):
    with tempfile.TemporaryDirectory() as folder, dovecot(Path(folder)) as port:
        entry = {"HOST": "127.0.0.1", "PORT": port, "USER": USER, "TLS": False}
        settings.WAGTAIL_PORTAL = {"MAILBOXES": [{**entry, "PASSWORD": "wrong"}]}
        browser.post(url, {"do": "begin"})
        assert "refused the user name or the password" in text_of(browser, url)
        settings.WAGTAIL_PORTAL = {
            "MAILBOXES": [{**entry, "PASSWORD": PASSWORD, "FOLDER": "Nothing"}]
        }
        browser.post(url, {"do": "begin"})
        assert "The folder Nothing can’t be opened" in text_of(browser, url)
        settings.WAGTAIL_PORTAL = {"MAILBOXES": [{**entry, "PASSWORD": PASSWORD}]}
        browser.post(url, {"do": "begin"})
        assert "The server notifies the portal when new email arrives" in text_of(browser, url)
        client = imaplib.IMAP4("127.0.0.1", port)
        client.login(USER, PASSWORD)
        raw = mail.outbox[-1].message().as_bytes().replace(b"\n", b"\r\n")
        client.append("INBOX", "", "", raw)
        client.logout()
        browser.post(url, {"do": "again"})
        assert "Check that the command receive_mailbox is running" in text_of(browser, url)
        call_command("receive_mailbox", once=True)
        call_command("portal_worker", once=True)
        browser.post(url, {"do": "again"})
        page = text_of(browser, url)
        assert "It arrived after" in page
        assert "receive_mailbox is running" not in page


def test_only_people_who_may_change_the_settings_can_test(incoming, url):
    agent = factories.agent()
    with pytest.raises(NotAllowed):
        actions.begin_mailbox_test(incoming.site, by=Actor.for_agent(agent))
    browser = Client()
    browser.force_login(agent, "django.contrib.auth.backends.ModelBackend")
    browser.post(url, {"do": "begin"})
    assert browser.get(url).status_code == 302
    assert mail.outbox == []
    assert not MailboxTest.objects.exists()
