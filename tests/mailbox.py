"""An SMTP server on loopback that collects emails, for sites that run in their own process."""

import email
import email.policy
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.ports import MailController, claim_port
from tests.serving import TIMEOUT

#: A code in an email.
CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")


def text_of(message) -> str:
    """Return the plain text part of an email."""
    return message.get_body(("plain",)).get_content()


class Mailbox:
    """An SMTP server's inbox: collects every email and lets tests wait for one."""

    def __init__(self):
        self.messages = []
        self.arrived = threading.Condition()

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self.arrived:
            self.messages.append(message)
            self.arrived.notify_all()
        return "250 OK"

    def take(self, to: str, subject: str = ""):
        """Remove and return the next email to ``address`` with ``subject`` in its subject."""

        def matching():
            return [
                message
                for message in self.messages
                if to in message["To"] and subject in message["Subject"]
            ]

        with self.arrived:
            found = self.arrived.wait_for(matching, timeout=TIMEOUT)
            assert found, f"no email to {to} about “{subject}”"
            self.messages.remove(found[0])
            return found[0]


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Start the server at the port ``port`` of the mailbox that's yielded."""
    mailbox = Mailbox()
    with claim_port() as claim:
        controller = MailController(mailbox, claim)
        controller.start()
        mailbox.port = controller.port
        yield mailbox
        controller.stop()
