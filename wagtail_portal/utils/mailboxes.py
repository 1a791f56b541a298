"""The mailboxes in the settings, and connections to them with IMAP (RFC 3501)."""

import imaplib
import ssl
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from wagtail_portal import conf

from .oauth2 import PROVIDERS, access_token

TIMEOUT = 60


@dataclass(frozen=True)
class Mailbox:
    """An entry of ``WAGTAIL_PORTAL["MAILBOXES"]``, see the docs of settings."""

    host: str
    user: str
    port: int = 993
    password: str = field(default="", repr=False)
    #: "google", "microsoft", or the path of a function that takes the user and returns an OAuth2
    #: access token.
    token: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    #: Of Microsoft: the organization.
    tenant: str = ""
    #: Where tokens are issued, if the provider has moved it.
    token_url: str = ""
    folder: str = "INBOX"
    #: For how many days an email can have been in the mailbox to be received; 0 for any number.
    since_days: int = 7
    #: Whether to use TLS. Only a server on the same machine can do without.
    tls: bool = True
    #: The address of the mailbox, if several portals receive email.
    address: str = ""


@sensitive_variables()
def mailboxes() -> list[Mailbox]:
    """Return the configured mailboxes.

    :raises ImproperlyConfigured: if a key is missing or unknown.
    """
    found = []
    for entry in conf.MAILBOXES:
        try:
            found.append(Mailbox(**{key.lower(): value for key, value in entry.items()}))
        except TypeError:
            known = ", ".join(name.upper() for name in Mailbox.__dataclass_fields__)
            raise ImproperlyConfigured(
                f"An entry of MAILBOXES needs HOST and USER, and can have: {known}."
            ) from None
    return found


@sensitive_variables()
def connect(mailbox: Mailbox, *, timeout: float = TIMEOUT) -> imaplib.IMAP4:
    """Return a connection that's signed in.

    :param timeout: in seconds, for each answer of the server.
    :raises OSError: if the server can't be reached or trusted, or issues no token.
    :raises imaplib.IMAP4.error: if it refuses the user.
    """
    imap: imaplib.IMAP4
    if mailbox.tls:
        context = ssl.create_default_context()
        imap = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=timeout)
    else:
        imap = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=timeout)
    try:
        _sign_in(imap, mailbox)
        # They can differ after signing in.
        capabilities = checked(imap.capability())[-1]
    except BaseException:
        imap.shutdown()
        raise
    imap.capabilities = tuple(capabilities.decode("ascii", "replace").upper().split())
    return imap


@sensitive_variables()
def _sign_in(imap: imaplib.IMAP4, mailbox: Mailbox) -> None:
    if not mailbox.token:
        imap.login(mailbox.user, mailbox.password)
        return
    if mailbox.token in PROVIDERS:
        access = access_token(mailbox)
    else:
        access = import_string(mailbox.token)(mailbox.user)
    answer = f"user={mailbox.user}\x01auth=Bearer {access}\x01\x01"
    # An error comes as a challenge, which has to be answered with nothing.
    answers = iter([answer.encode()])
    imap.authenticate("XOAUTH2", lambda challenge: next(answers, b""))


def select(imap: imaplib.IMAP4, mailbox: Mailbox, *, readonly: bool = False) -> None:
    """Open the folder of the mailbox.

    :raises imaplib.IMAP4.error: if there's none.
    """
    folder = '"{}"'.format(mailbox.folder.replace("\\", "\\\\").replace('"', '\\"'))
    checked(imap.select(folder, readonly=readonly))


def checked(answer) -> list:
    """Return the data of an answer.

    :raises imaplib.IMAP4.error: if the server refused the command.
    """
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"The server answered {status}.")
    return data
