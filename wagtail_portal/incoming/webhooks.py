"""Take emails, and reports about sent ones, from providers through django-anymail's webhooks."""

import json
import logging
import re
from contextlib import suppress
from email import policy
from email.errors import MessageError

from anymail.signals import EventType, RejectReason, inbound, tracking
from anymail.utils import get_anymail_setting
from django.core.exceptions import ImproperlyConfigured, PermissionDenied

from wagtail_portal.actions import note_feedback, receive_email
from wagtail_portal.actions.email.receive_email import is_for_portal
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Feedback
from wagtail_portal.utils.received_email import (
    bytes_as_is,
    is_head_clear,
    read_sender,
    sender_of,
)
from wagtail_portal.utils.received_email.headers import Headers

logger = logging.getLogger(__name__)

#: What the portal notes of a provider's events.
FEEDBACK = {
    EventType.DELIVERED: Feedback.DELIVERED,
    EventType.DEFERRED: Feedback.DELAYED,
    EventType.BOUNCED: Feedback.BOUNCED,
    EventType.REJECTED: Feedback.BOUNCED,
    EventType.FAILED: Feedback.BOUNCED,
    EventType.COMPLAINED: Feedback.COMPLAINED,
}
#: Reasons for which it's no use to try again.
PERMANENT = {RejectReason.BOUNCED, RejectReason.INVALID}
#: Headers in which anyone could claim what only the provider's request can say.
_UNTRUSTED = ("Authentication-Results", "X-Spam-Flag", "X-Spam-Status", "X-Spam")
#: Where the recipients of an email are.
_RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_UNSAFE = re.compile(r"[^A-Za-z0-9.@_+-]")
_DKIM = re.compile(r"@([A-Za-z0-9.-]{1,253})\s*:\s*(\w{1,20})")
#: All that SendGrid writes about signatures. Domains are chosen by the sender.
_ALL_DKIM = re.compile(rf"\{{\s*{_DKIM.pattern}(?:\s*,\s*{_DKIM.pattern})*\s*\}}")


def connect() -> None:
    """Connect to the signals of django-anymail."""
    uid = "wagtail_portal.incoming.webhooks"
    inbound.connect(on_inbound, dispatch_uid=uid)
    tracking.connect(on_tracking, dispatch_uid=uid)


def on_inbound(sender, event, esp_name, **kwargs) -> None:
    """Store an email to a portal. The provider is told that it was received only after that."""
    message = event.message
    envelope_to = [message.envelope_recipient] if message.envelope_recipient else []
    if not is_for_portal([*envelope_to, *Headers(message).addresses(*_RECIPIENTS)]):
        # The site itself takes emails at other addresses.
        return
    if not _is_authenticated(sender):
        raise PermissionDenied
    results = provider_results(esp_name, event)
    for name in _UNTRUSTED:
        del message[name]
    raw = _bytes_of(message)
    if message.spam_detected:
        raw = b"X-Spam-Flag: YES\r\n" + raw
    try:
        receive_email(
            raw,
            envelope_from=message.envelope_sender,
            envelope_to=envelope_to,
            provider_results=results,
            is_from_provider=True,
        )
    except Invalid as error:
        # If the provider tried again, that would change nothing.
        logger.error("An email from %s was refused: %s", esp_name, " ".join(error.messages))


def on_tracking(sender, event, esp_name, **kwargs) -> None:
    """Note what became of an email that we sent."""
    feedback = FEEDBACK.get(event.event_type)
    if feedback is None or not event.message_id or not _is_authenticated(sender):
        return
    note_feedback(
        event.message_id,
        feedback,
        reason=event.mta_response or event.description or "",
        is_permanent=feedback == Feedback.BOUNCED and event.reject_reason in PERMANENT,
    )


def _is_authenticated(view) -> bool:
    """Return whether the provider signs its requests, or they contain a secret. Otherwise, anyone
    could have made them."""
    if not view.warn_if_no_basic_auth or get_anymail_setting("webhook_secret", default=None):
        return True
    with suppress(ImproperlyConfigured):
        # Some only know with the settings whether they check a signature.
        if not view().warn_if_no_basic_auth:
            return True
    logger.error("A webhook was refused: set ANYMAIL['WEBHOOK_SECRET'].")
    return False


def _bytes_of(message) -> bytes:
    try:
        return message.as_bytes(policy=policy.SMTP.clone(refold_source="none"))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        # It breaks the rules for headers or encodings.
        return bytes_as_is(message)


def provider_results(esp_name: str, event) -> str:
    """Return what a provider has found out about the sender, in the form of
    ``Authentication-Results`` (RFC 8601); "" if it doesn't say.

    Only what's in the provider's own request counts, not the headers of the email.
    """
    if esp_name == "Amazon SES":
        found = _of_amazon(event)
    elif esp_name == "SendGrid":
        found = _of_sendgrid(event.esp_event.POST)
    else:
        found = []
    return "; ".join(["provider", *found]) if found else ""


def _of_amazon(event) -> list[str]:
    receipt = event.esp_event.get("receipt", {})
    words = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror"}

    def verdict(name):
        return words.get(str(receipt.get(f"{name}Verdict", {}).get("status", "")).upper())

    found = []
    sender = sender_of(event.message)
    common = event.esp_event.get("mail", {}).get("commonHeaders", {}).get("from")
    theirs = read_sender(common) if isinstance(common, list) else None
    if theirs is None or not theirs.is_certain or theirs.address != sender.address:
        # The verdicts are about another From header than the one that we read.
        names = ("dmarc", "spf", "dkim")
        return ["dmarc=permerror"] if any(verdict(name) for name in names) else []
    if result := verdict("dmarc"):
        domain = sender.address.rpartition("@")[2]
        found.append(f"dmarc={result} header.from={_safe(domain)}")
    if result := verdict("spf"):
        found.append(f"spf={result} smtp.mailfrom={_safe(event.message.envelope_sender)}")
    # It doesn't say whose signature is valid.
    if (result := verdict("dkim")) and result != "pass":
        found.append(f"dkim={result}")
    return found


def _of_sendgrid(data) -> list[str]:
    found = []
    # What's left of the email afterwards can't be checked: it's written anew.
    raw = data.get("headers") or data.get("email", "")
    if not is_head_clear(raw.encode("utf-8", "surrogateescape")):
        return ["dmarc=permerror"]
    if result := data.get("SPF", "").strip().lower():
        try:
            sender = json.loads(data.get("envelope", ""))["from"]
        except (ValueError, KeyError, TypeError):
            sender = ""
        found.append(f"spf={_safe(result)} smtp.mailfrom={_safe(sender)}")
    signatures = data.get("dkim", "").strip()
    for domain, result in _DKIM.findall(signatures) if _ALL_DKIM.fullmatch(signatures) else ():
        found.append(f"dkim={result.lower()} header.d={domain}")
    return found


def _safe(value) -> str:
    """Return a value that can't be read as anything else; "x" for one that could."""
    value = str(value or "")
    return value if value and not _UNSAFE.search(value) else "x"
