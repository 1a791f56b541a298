"""Emails and reports from providers, through django-anymail's own webhooks."""

import base64
import hmac
import json
from types import SimpleNamespace

import pytest

pytest.importorskip("anymail")

from anymail.exceptions import AnymailInsecureWebhookWarning, AnymailNotSupportedWarning
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking
from anymail.webhooks.amazon_ses import AmazonSESInboundWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.core import mail

from wagtail_portal import actions
from wagtail_portal.incoming.webhooks import provider_results
from wagtail_portal.models import (
    FailingAddress,
    Feedback,
    Notification,
    Reason,
    ReceivedEmail,
    ReceivedState,
)
from wagtail_portal.utils.received_email import Verdict, judge, parse_email
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .emails import email, passed

DANA = ["Dana Reyes <dana@acme.example>"]
SECRET = "user:secret"
BASIC = "Basic " + base64.b64encode(SECRET.encode()).decode()

pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{warning.__module__}.{warning.__name__}")
    for warning in (AnymailInsecureWebhookWarning, AnymailNotSupportedWarning)
]


@pytest.fixture
def providers(incoming, settings):
    """A site whose only way to receive email is a provider's webhook."""
    settings.ROOT_URLCONF = "tests.incoming.anymail_urls"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    settings.WAGTAIL_PORTAL = {}


@pytest.fixture
def post_sendgrid(providers, client, django_capture_on_commit_callbacks):
    """Return ``post_sendgrid(raw, **fields)``, which hands over an email as SendGrid does."""

    def post(raw: bytes, *, authorization=BASIC, envelope_from="dana@acme.example", **fields):
        data = {
            "email": raw.decode(),
            "envelope": json.dumps({"from": envelope_from, "to": [MAILBOX]}),
            **fields,
        }
        with django_capture_on_commit_callbacks(execute=True):
            return client.post("/anymail/sendgrid/inbound/", data, HTTP_AUTHORIZATION=authorization)

    return post


def test_email_from_a_provider_opens_a_ticket(post_sendgrid, dana):
    raw = email("Grüße aus Wien", results="")
    assert post_sendgrid(raw, SPF="pass", dkim="{@acme.example : pass}").status_code == 200
    row = ReceivedEmail.objects.get()
    assert (row.state, row.member, row.envelope_from) == (
        ReceivedState.ADDED,
        dana,
        "dana@acme.example",
    )
    assert row.ticket.messages.get().body == "Grüße aus Wien"
    # The provider tries again if it didn't get the answer.
    post_sendgrid(raw, SPF="pass", dkim="{@acme.example : pass}")
    assert ReceivedEmail.objects.count() == 1


def test_requests_without_the_secret_are_refused(post_sendgrid, dana, settings):
    wrong = "Basic " + base64.b64encode(b"user:wrong").decode()
    for authorization in ("", wrong):
        response = post_sendgrid(email(), SPF="pass", authorization=authorization)
        assert response.status_code == 400
    # Without a secret, the library would take an email from anyone.
    settings.ANYMAIL = {}
    assert post_sendgrid(email(), SPF="pass").status_code == 403
    assert not ReceivedEmail.objects.exists()


def test_only_the_providers_own_request_proves_a_sender(post_sendgrid, ticket, dana, settings):
    settings.WAGTAIL_PORTAL = {"EMAIL_AUTHSERV_IDS": ["mx.company.example", "provider"]}
    before = ticket.messages.count()
    forged = (
        {"SPF": "pass", "envelope_from": "eve@evil.example", "dkim": "{@evil.example : pass}"},
        {"SPF": "fail"},
        {"SPF": "softfail", "dkim": "none"},
        {"SPF": "pass", "envelope_from": "x dkim=pass header.d=acme.example", "dkim": ""},
        {"SPF": "pass; dkim=pass header.d=acme.example", "envelope_from": "eve@evil.example"},
        {"dkim": "{@evil.example@acme.example : pass}"},
        {"dkim": "{@evil.example : fail : @acme.example : pass}"},
        {},
    )
    for number, fields in enumerate(forged):
        raw = email(
            "Give me access",
            subject=f"#{ticket.number}",
            message_id=f"<{number}@evil.example>",
            results=f"{passed()}\r\n{passed(server='provider')}",
        )
        assert post_sendgrid(raw, **fields).status_code == 200
        row = ReceivedEmail.objects.get(internet_message_id=f"{number}@evil.example")
        assert (row.state, row.reason) == (ReceivedState.HELD, Reason.UNVERIFIED)
    assert ticket.messages.count() == before


def test_own_reply_address_is_enough_where_a_provider_says_nothing(post_sendgrid, ticket, dana):
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    post_sendgrid(email("Thanks", to=to, results=""))
    assert ticket.messages.latest("pk").body == "Thanks"


def test_own_reply_address_is_enough_although_a_server_is_named(
    post_sendgrid, ticket, dana, settings
):
    settings.WAGTAIL_PORTAL = {"EMAIL_AUTHSERV_IDS": ["mx.company.example"]}
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    post_sendgrid(email("Thanks", to=to, results=""))
    assert ticket.messages.latest("pk").body == "Thanks"


def test_emails_to_other_addresses_are_left_to_the_site(post_sendgrid, settings):
    raw = email("Hello", to="orders@company.example")
    envelope = json.dumps({"from": "dana@acme.example", "to": ["orders@company.example"]})
    assert post_sendgrid(raw, envelope=envelope, SPF="pass").status_code == 200
    # Also if the site protects its webhook in another way.
    settings.ANYMAIL = {}
    assert post_sendgrid(raw, envelope=envelope, SPF="pass").status_code == 200
    assert not ReceivedEmail.objects.exists()


def _amazon(raw: bytes, *, from_header=DANA, **verdicts) -> AnymailInboundEvent:
    message = AnymailInboundMessage.parse_raw_mime_bytes(raw)
    message.envelope_sender = "bounces@acme.example"
    receipt = {f"{name}Verdict": {"status": status} for name, status in verdicts.items()}
    esp_event = {"receipt": receipt, "mail": {"commonHeaders": {"from": from_header}}}
    return AnymailInboundEvent(event_type="inbound", message=message, esp_event=esp_event)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"dmarc": "PASS", "spf": "PASS", "dkim": "PASS"}, Verdict.PASS),
        ({"dmarc": "GRAY", "spf": "PASS", "dkim": "PASS"}, Verdict.PASS),
        # It doesn't say which domain has signed.
        ({"dmarc": "GRAY", "spf": "GRAY", "dkim": "PASS"}, Verdict.NONE),
        ({"dmarc": "FAIL", "spf": "PASS", "dkim": "PASS"}, Verdict.FAIL),
        ({"dmarc": "PROCESSING_FAILED", "spf": "PASS"}, Verdict.FAIL),
        ({"dmarc": "DISABLED"}, Verdict.MISSING),
    ],
)
def test_verdicts_of_amazon(verdicts, expected):
    raw = email("x", results="")
    message = parse_email(raw)
    found = judge(
        message.headers,
        message.domain,
        (),
        is_certain=message.sender.is_certain,
        extra=provider_results("Amazon SES", _amazon(raw, **verdicts)),
    )
    assert found == expected


@pytest.mark.parametrize(
    "from_header", [None, [], ["Eve <eve@acme.example>"], [*DANA, "eve@acme.example"]]
)
def test_verdicts_of_amazon_about_another_sender_prove_nothing(from_header):
    raw = email("x", results="")
    event = _amazon(raw, from_header=from_header, dmarc="PASS", spf="PASS")
    message = parse_email(raw)
    found = provider_results("Amazon SES", event)
    assert judge(message.headers, "acme.example", (), is_certain=True, extra=found) == Verdict.FAIL


def test_broken_email_from_a_provider_is_kept(providers):
    raw = email(
        b"caf\xe9",
        subject="caf\xe9 =?utf-8?q?x",
        content_type="text/plain; charset=nonsense; charset=utf-8",
        results="",
        headers=("From: b@x", "X-Spam-Flag: NO", "Content-Transfer-Encoding: 9bit"),
    )
    event = _amazon(raw)
    event.message.spam_detected = True
    inbound.send(sender=AmazonSESInboundWebhookView, event=event, esp_name="Amazon SES")
    row = ReceivedEmail.objects.get()
    with row.raw.open("rb") as file:
        assert parse_email(file.read()).is_spam


# -- Reports about sent emails -------------------------------------------------------------------


def report(event_type: str, message_id: str, **more) -> None:
    event = AnymailTrackingEvent(event_type=event_type, message_id=message_id, **more)
    tracking.send(sender=MailgunTrackingWebhookView, event=event, esp_name="Mailgun")


@pytest.fixture
def sent(providers, ticket, dana, team, django_capture_on_commit_callbacks):
    """The notification of a reply, sent through a provider."""
    with django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, by=team, body="Try again.")
    row = Notification.objects.get(event="reply_added", recipient=dana.user)
    Notification.objects.filter(pk=row.pk).update(provider_id="abc-1")
    return row


def test_reports_are_noted_at_the_email(sent, dana):
    report("deferred", "abc-1", mta_response="451 busy")
    report("delivered", "abc-1")
    # It comes late.
    report("deferred", "abc-1", mta_response="451 busy")
    report("opened", "abc-1")
    report("delivered", "unknown")
    sent.refresh_from_db()
    assert (sent.feedback, sent.feedback_reason) == (Feedback.DELIVERED, "")
    report("complained", mail.outbox[-1].extra_headers["Message-ID"])
    sent.refresh_from_db()
    assert sent.feedback == Feedback.COMPLAINED


def test_reports_that_anyone_could_have_made_are_ignored(sent, settings):
    settings.ANYMAIL = {}
    event = AnymailTrackingEvent(event_type="delivered", message_id="abc-1")
    tracking.send(sender=PostmarkTrackingWebhookView, event=event, esp_name="Postmark")
    sent.refresh_from_db()
    assert sent.feedback == ""


def test_signed_requests_need_no_secret(sent, settings, client):
    settings.ANYMAIL = {"MAILTRAP_TRACKING_SECRET": "key"}
    event = {
        **{"event": "delivery", "message_id": "abc-1", "event_id": "1", "timestamp": 1796000000},
        **{"email": "dana@acme.example", "sending_stream": "transactional"},
    }
    body = json.dumps({"events": [event]})

    def post(key: bytes) -> int:
        signature = hmac.new(key, body.encode(), "sha256").hexdigest()
        headers = {"Mailtrap-Signature": signature}
        url = "/anymail/mailtrap/tracking/"
        return client.post(url, body, "application/json", headers=headers).status_code

    assert post(b"wrong") == 400
    assert post(b"key") == 200
    sent.refresh_from_db()
    assert sent.feedback == Feedback.DELIVERED


def test_emails_that_a_provider_reports_as_returned_stop_others(sent, ticket, dana, team):
    for _time in range(3):
        report("bounced", "abc-1", reject_reason="bounced", mta_response="550 No such user")
    sent.refresh_from_db()
    assert (sent.feedback, sent.feedback_reason) == (Feedback.BOUNCED, "550 No such user")
    # Providers report some events several times.
    assert not FailingAddress.objects.get(email=dana.email).is_stopped
    for number in (2, 3):
        actions.reply(ticket, by=team, body="Try again.")
        newest = Notification.objects.filter(recipient=dana.user).latest("pk")
        Notification.objects.filter(pk=newest.pk).update(provider_id=f"abc-{number}")
        report("bounced", f"abc-{number}", reject_reason="bounced")
    assert FailingAddress.objects.get(email=dana.email).is_stopped


def test_id_of_the_provider_is_kept(ticket, dana, team, monkeypatch, incoming):
    def send(connection, message):
        message.anymail_status = SimpleNamespace(message_id="abc-2")

    monkeypatch.setattr("wagtail_portal.notifications.connections.Connection.send", send)
    from wagtail_portal.notifications import outbox

    actions.reply(ticket, by=team, body="Try again.")
    outbox.send_due()
    row = Notification.objects.get(event="reply_added", recipient=dana.user)
    assert row.provider_id == "abc-2"
