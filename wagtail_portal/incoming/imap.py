"""Read a mailbox with IMAP (RFC 3501), and wait for new emails with IDLE (RFC 2177)."""

import imaplib
import logging
import re
import select
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime

from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.actions import receive_email
from wagtail_portal.exceptions import Invalid
from wagtail_portal.utils.mailboxes import Mailbox, checked, connect
from wagtail_portal.utils.mailboxes import select as select_folder

logger = logging.getLogger(__name__)

#: What emails that were received are marked with, where the server allows it. Otherwise, they're
#: marked as read.
KEYWORD = "$WagtailPortal"
#: Our tag of the IDLE command. The library begins its own with four letters.
_TAG = b"idle1"


class MailboxReader:
    """A connection to a mailbox."""

    def __init__(self, mailbox: Mailbox):
        self.mailbox = mailbox
        self.imap = connect(mailbox)
        self._select()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self) -> None:
        """Sign out. The server may be gone already."""
        with suppress(imaplib.IMAP4.error, OSError):
            self.imap.logout()

    def _select(self) -> None:
        select_folder(self.imap, self.mailbox)
        known = self.imap.untagged_responses.get("PERMANENTFLAGS", [])
        flags = b" ".join(flag for flag in known if isinstance(flag, bytes))
        self.mark, self.wanted = "\\Seen", "UNSEEN"
        if b"\\*" in flags or KEYWORD.encode() in flags:
            self.mark, self.wanted = KEYWORD, f"UNKEYWORD {KEYWORD}"
        self.imap.untagged_responses.pop("EXISTS", None)

    def receive(self, *, stops: Callable[[], bool] = lambda: False) -> int:
        """Receive all emails that are new, and return how many. Each is marked once it's stored."""
        wanted = f"{self.wanted} UNDELETED"
        if self.mailbox.since_days:
            # Not everything that was in it before there was a portal. Not with ``strftime``, which
            # writes the month in the language of the system.
            since = timezone.now() - timedelta(days=self.mailbox.since_days)
            wanted += f" SINCE {'-'.join(format_datetime(since).split()[1:4])}"
        (found,) = checked(self.imap.uid("SEARCH", wanted)) or [b""]
        number = 0
        for uid in (found or b"").split():
            if stops():
                break
            self._receive_one(uid.decode("ascii"))
            number += 1
        return number

    def _receive_one(self, uid: str) -> None:
        (size,) = checked(self.imap.uid("FETCH", uid, "(RFC822.SIZE)"))[:1]
        match = re.search(rb"RFC822\.SIZE (\d+)", size or b"")
        if match and int(match[1]) > conf.RECEIVED_EMAIL_MAX_MB * 1024 * 1024:
            logger.error("An email in the mailbox %s is too large.", self.mailbox.user)
        else:
            parts = checked(self.imap.uid("FETCH", uid, "(BODY.PEEK[])"))
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is None:
                # Somebody has deleted it.
                return
            try:
                receive_email(raw, envelope_to=filter(None, [self.mailbox.address]))
            except Invalid as error:
                logger.error("An email in a mailbox was refused: %s", " ".join(error.messages))
        checked(self.imap.uid("STORE", uid, "+FLAGS.SILENT", f"({self.mark})"))

    def wait(self, seconds: float) -> None:
        """Wait until something happens in the mailbox, if the server can tell, or time is up."""
        # What has happened in the meantime would otherwise be told before there's anything to read.
        checked(self.imap.noop())
        if self.imap.untagged_responses.pop("EXISTS", None):
            return
        if "IDLE" not in self.imap.capabilities:
            select.select([], [], [], seconds)
            return
        self.imap.send(_TAG + b" IDLE\r\n")
        while not (line := self._line()).startswith(b"+"):
            if line.startswith(_TAG):
                # The server doesn't want to, after all.
                select.select([], [], [], seconds)
                return
        sock = self.imap.socket()
        pending = sock.pending() if isinstance(sock, ssl.SSLSocket) else 0
        if not pending:
            select.select([sock], [], [], seconds)
        self.imap.send(b"DONE\r\n")
        while not self._line().startswith(_TAG):
            pass

    def _line(self) -> bytes:
        line = self.imap.readline()
        if not line:
            raise imaplib.IMAP4.abort("The server has closed the connection.")
        return line
