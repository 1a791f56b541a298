"""``manage.py receive_mailbox``: receive the emails in the configured mailboxes."""

import imaplib
import logging
import signal
import time

from django.core.management.base import BaseCommand, CommandError

from wagtail_portal.incoming.imap import MailboxReader
from wagtail_portal.logs import safe_copy
from wagtail_portal.utils.after_response import close_old_connections
from wagtail_portal.utils.mailboxes import Mailbox, mailboxes

logger = logging.getLogger(__name__)

#: Seconds between two looks into a mailbox, and the longest pause after an error.
PAUSE, LONGEST_PAUSE = 60, 300


class Command(BaseCommand):
    help = (
        "Receives the emails in the mailboxes in WAGTAIL_PORTAL['MAILBOXES'], until it's stopped. "
        "With one mailbox, new emails are received at once if the server supports IDLE."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--once", action="store_true", help="Receive what's there and exit, for a timer."
        )
        parser.add_argument(
            "--user", default="", help="the user of the only mailbox to read, as in the settings"
        )

    def handle(self, *, once, user, **options):
        found = [box for box in mailboxes() if user in ("", box.user)]
        if not found:
            raise CommandError("There's no mailbox. Configure one in WAGTAIL_PORTAL['MAILBOXES'].")
        self.stopped = False
        if once:
            failed = [box.user for box in found if not self._read(box)]
            if failed:
                raise CommandError(f"Failed: {', '.join(failed)}. The log says why.")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        pause = 1
        while not self.stopped:
            results = [self._read(box, waits=len(found) == 1) for box in found]
            pause = 1 if all(results) else min(pause * 2, LONGEST_PAUSE)
            self._pause(PAUSE if len(found) > 1 and all(results) else pause)

    def _stop(self, number, frame) -> None:
        self.stopped = True

    def _read(self, mailbox: Mailbox, *, waits: bool = False) -> bool:
        """Receive what's in a mailbox, and wait for more if there's only one. Return whether it
        worked."""
        try:
            with MailboxReader(mailbox) as reader:
                reader.receive(stops=lambda: self.stopped)
                while waits and not self.stopped:
                    close_old_connections()
                    reader.wait(PAUSE)
                    reader.receive(stops=lambda: self.stopped)
        except (imaplib.IMAP4.error, OSError) as error:
            logger.error("The mailbox %s can't be read.", mailbox.user, exc_info=safe_copy(error))
            return False
        except Exception as error:
            # The database or the storage is out of reach. The mailbox keeps the emails.
            logger.error("An email could not be stored.", exc_info=safe_copy(error))
            return False
        finally:
            close_old_connections()
        return True

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopped and time.monotonic() < until:
            time.sleep(0.2)
