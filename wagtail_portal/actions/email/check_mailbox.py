"""Test incoming email step by step, with an email that the portal sends to its own address."""

import re
import uuid
from typing import cast

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from wagtail.models import Site

from wagtail_portal import conf
from wagtail_portal.compat import mail_backend
from wagtail_portal.models import MailboxTest, PortalSettings, ReceivedEmail
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.received_email import ReceivedMessage, Verdict, authentication_servers
from wagtail_portal.utils.reply_addresses import (
    is_own_message_id,
    sign_message_id,
    sign_reply_address,
)

from ._mailbox_steps import Step, StepState, connection_steps

_OWN_ID = re.compile(r"mailbox-test-([0-9a-f]{32})\.([a-z2-7]{16})@")


def begin_mailbox_test(site: Site, *, by: Actor) -> MailboxTest:
    """Connect to the mailboxes, send a test email, and return the test.

    :raises NotAllowed: unless ``by`` may change the portal settings.
    """
    by.require_user(Verb.CHANGE_SETTINGS)
    portal, key, error = PortalSettings.for_site(site), uuid.uuid4().hex, ""
    connections = connection_steps()
    test, _created = MailboxTest.objects.update_or_create(
        site=site,
        defaults={
            "key": key,
            "started_at": timezone.now(),
            "connections": connections,
            "error": "",
            "arrived_at": None,
            "verdict": "",
            "servers": [],
        },
    )
    if portal.incoming_address:
        try:
            mail_backend().send_messages([_test_email(portal, key)])
        except Exception as failure:
            # Mail backends can raise anything.
            error = f"{type(failure).__name__}: {failure}"[:500]
            MailboxTest.objects.filter(pk=test.pk).update(error=error)
            test.error = error
    return test


def look_again(test: MailboxTest, *, by: Actor) -> None:
    """Connect again, and look whether the test email is still in the mailbox.

    :raises NotAllowed: unless ``by`` may change the portal settings.
    """
    by.require_user(Verb.CHANGE_SETTINGS)
    waited = "" if test.arrived_at else _message_id(test.key, test.site.hostname)
    test.connections = connection_steps(waited)
    test.save(update_fields=["connections"])


def mailbox_steps(site: Site) -> list[dict | Step]:
    """Return the steps of the last test, and what's missing without one."""
    portal = PortalSettings.for_site(site)
    test = MailboxTest.objects.filter(site=site).first()
    steps: list[dict | Step] = [_address_step(portal)]
    if test is None:
        return steps
    steps += test.connections
    if portal.incoming_address:
        steps += [_sent_step(portal, test), _arrived_step(test), _verified_step(test)]
    return steps


def is_mailbox_test(message: ReceivedMessage) -> bool:
    """Return whether an email is a test that the portal has sent."""
    match = _OWN_ID.match(message.message_id)
    return match is not None and is_own_message_id(f"mailbox-test-{match[1]}", match[2])


def note_mailbox_test(row: ReceivedEmail, message: ReceivedMessage, verdict: str) -> None:
    """Note that the test email arrived."""
    match = cast(re.Match, _OWN_ID.match(message.message_id))
    MailboxTest.objects.filter(site=row.site, key=match[1], arrived_at=None).update(
        arrived_at=row.received_at,
        verdict=verdict,
        servers=authentication_servers(message.headers)[:5],
    )


def _message_id(key: str, host: str) -> str:
    return f"<mailbox-test-{key}.{sign_message_id(f'mailbox-test-{key}')}@{host}>"


def _test_email(portal: PortalSettings, key: str) -> EmailMessage:
    return EmailMessage(
        subject=gettext("Test of incoming email"),
        body=gettext("The portal has sent this email to itself."),
        from_email=portal.from_email,
        # No ticket has this number.
        to=[sign_reply_address(portal.incoming_address, 0, None)],
        headers={
            "Message-ID": _message_id(key, portal.site.hostname),
            "Auto-Submitted": "auto-generated",
        },
    )


def _address_step(portal: PortalSettings) -> Step:
    label = gettext("Choose an address for incoming email")
    if portal.incoming_address:
        return Step(label, StepState.OK, portal.incoming_address)
    detail = gettext("Enter it in the portal settings, under Emails, and save.")
    return Step(label, StepState.FAILED, detail)


def _sent_step(portal: PortalSettings, test: MailboxTest) -> Step:
    address = {"address": sign_reply_address(portal.incoming_address, 0, None)}
    label = gettext("Send a test email to the reply address %(address)s") % address
    if test.error:
        return Step(label, StepState.FAILED, test.error)
    return Step(label, StepState.OK)


def _arrived_step(test: MailboxTest) -> Step:
    label = gettext("Receive the test email")
    if test.error:
        return Step(label, StepState.WAITING)
    if test.arrived_at is None:
        detail = gettext(
            "It hasn’t arrived yet. Check again in a minute. If it doesn’t arrive, your email "
            "server doesn’t deliver to this address, or doesn’t pass its emails on to the portal."
        )
        return Step(label, StepState.WAITING, detail)
    seconds = max(int((test.arrived_at - test.started_at).total_seconds()), 0)
    words = ngettext(
        "It arrived after %(count)d second.", "It arrived after %(count)d seconds.", seconds
    )
    return Step(label, StepState.OK, words % {"count": seconds})


def _verified_step(test: MailboxTest) -> Step:
    label = gettext("Choose the email server that verifies senders")
    if test.arrived_at is None:
        return Step(label, StepState.WAITING)
    names = {"names": comma_list(test.servers)}
    if test.verdict not in ("", Verdict.MISSING):
        detail = gettext("The server named in EMAIL_AUTHSERV_IDS checked the sender.")
        return Step(label, StepState.OK, detail)
    if test.servers:
        detail = gettext(
            "The sender was checked by %(names)s. If that’s your own email server, add its name to "
            "EMAIL_AUTHSERV_IDS."
        )
        return Step(label, StepState.FAILED, detail % names)
    if conf.EMAIL_AUTHSERV_IDS:
        detail = gettext(
            "No server checked the sender of the test email. Some servers don’t check email they "
            "send themselves. Send an email from another account, then see under Received emails "
            "whether its sender was verified."
        )
        return Step(label, StepState.INFO, detail)
    detail = gettext(
        "EMAIL_AUTHSERV_IDS is empty, so only replies to a person’s own reply address are added "
        "without the team."
    )
    return Step(label, StepState.FAILED, detail)
