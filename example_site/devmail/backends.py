"""Email backends of the demo: both print and save every email, and one sends it by SMTP first."""

import sys

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from . import mailbox


def _save(messages) -> None:
    for message in messages:
        email = mailbox.save(message.message().as_bytes())
        print(mailbox.summary(email), file=sys.stderr, flush=True)


class SaveOnly(BaseEmailBackend):
    """Emails only go to the terminal and the page."""

    def send_messages(self, email_messages):
        _save(email_messages)
        return len(email_messages)


class SendAndSave(smtp.EmailBackend):
    """Emails go to the SMTP server, then to the terminal and the page.

    Every email on the page has therefore been accepted by the server.
    """

    def send_messages(self, email_messages):
        sent = super().send_messages(email_messages)
        if sent:
            _save(email_messages)
        return sent
