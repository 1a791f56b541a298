"""Connect to the configured mailboxes, and say in plain words what's wrong."""

import imaplib
import socket
import ssl
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext

from wagtail_portal.utils.mailboxes import Mailbox, checked, connect, mailboxes, select
from wagtail_portal.utils.oauth2 import TokenRefused

#: Seconds to wait for each answer of a server, because a person waits for the page.
TIMEOUT = 10


class StepState(StrEnum):
    """How far a step of the test is."""

    OK = "ok"
    FAILED = "failed"
    WAITING = "waiting"
    #: Nothing to do, but good to know.
    INFO = "info"


@dataclass(frozen=True)
class Step:
    """One step of the test, in words for the person who set up the portal."""

    label: str
    state: StepState
    detail: str = ""


def connection_steps(message_id: str = "") -> list[dict]:
    """Connect to each mailbox, and return a step for each, as plain values.

    :param message_id: of a test email that should have been collected.
    """
    try:
        boxes = mailboxes()
    except ImproperlyConfigured as error:
        label = gettext("Read the settings of the mailbox")
        return [asdict(Step(label, StepState.FAILED, str(error)))]
    if not boxes:
        detail = gettext(
            "No mailbox is configured in MAILBOXES. That’s fine if your email server or provider "
            "delivers email to the portal in another way."
        )
        return [asdict(Step(gettext("Connect to a mailbox"), StepState.INFO, detail))]
    return [asdict(_connect(box, message_id)) for box in boxes[:10]]


def _connect(box: Mailbox, message_id: str) -> Step:
    names = {"host": box.host, "user": box.user}
    label = gettext("Connect to %(host)s as %(user)s") % names
    try:
        imap = connect(box, timeout=TIMEOUT)
    except Exception as error:
        # A function that returns a token can raise anything.
        return Step(label, StepState.FAILED, _explain(error, box))
    try:
        select(imap, box, readonly=True)
        waits = bool(message_id) and _is_there(imap, message_id)
    except (imaplib.IMAP4.error, OSError):
        detail = gettext("The folder %(folder)s can’t be opened. Check FOLDER.")
        return Step(label, StepState.FAILED, detail % {"folder": box.folder})
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.logout()
    if waits:
        detail = gettext(
            "The test email is in the mailbox, but wasn’t collected. Check that the command "
            "receive_mailbox is running."
        )
        return Step(label, StepState.FAILED, detail)
    if "IDLE" in imap.capabilities:
        return Step(
            label, StepState.OK, gettext("The server notifies the portal when new email arrives.")
        )
    detail = gettext(
        "The server can’t notify the portal of new email, so the portal checks every minute."
    )
    return Step(label, StepState.OK, detail)


def _is_there(imap: imaplib.IMAP4, message_id: str) -> bool:
    (found,) = checked(imap.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"'))[:1] or [b""]
    if not found:
        return False
    from_us = imap.uid("SEARCH", "KEYWORD", "$WagtailPortal")[1][:1] or [b""]
    return not set(found.split()) <= set((from_us[0] or b"").split())


def _explain(error: Exception, box: Mailbox) -> str:
    values = {"host": box.host, "port": box.port, "seconds": TIMEOUT, "error": str(error)[:200]}
    if isinstance(error, TokenRefused):
        text = gettext(
            "The provider didn’t issue an access token. Check CLIENT_ID, CLIENT_SECRET and "
            "REFRESH_TOKEN. It says: %(error)s"
        )
    elif isinstance(error, socket.gaierror):
        text = gettext("There’s no server with the name %(host)s. Check HOST.")
    elif isinstance(error, ConnectionRefusedError):
        text = gettext("The server doesn’t accept connections on port %(port)s. Check PORT.")
    elif isinstance(error, TimeoutError):
        text = gettext(
            "The server didn’t answer within %(seconds)s seconds. Check HOST and PORT, and "
            "whether a firewall is in between."
        )
    elif isinstance(error, ssl.SSLCertVerificationError):
        text = gettext("The certificate of the server isn’t valid for %(host)s. Check HOST.")
    elif isinstance(error, ssl.SSLError):
        text = gettext("The server doesn’t use TLS on port %(port)s. Check PORT.")
    elif isinstance(error, imaplib.IMAP4.error) and box.token:
        text = gettext("The server refused the access token. Check USER and TOKEN.")
    elif isinstance(error, imaplib.IMAP4.error):
        text = gettext("The server refused the user name or the password.")
    else:
        values["error"] = type(error).__name__
        text = gettext("That failed. The error is %(error)s.")
    return text % values
