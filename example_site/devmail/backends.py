"""Mail backends of the demo: both print and keep every mail, one sends it by SMTP first."""

import sys

from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from . import mailbox


def _keep(messages) -> None:
    for message in messages:
        mail = mailbox.keep(message.message().as_bytes())
        print(mailbox.summary(mail), file=sys.stderr, flush=True)


class KeepOnly(BaseEmailBackend):
    """Mails go nowhere but to the terminal and the page."""

    def send_messages(self, email_messages):
        _keep(email_messages)
        return len(email_messages)


class SmtpToo(smtp.EmailBackend):
    """Mails go to the SMTP server, then to the terminal and the page.

    In this order, so that a mail on the page is one that the server took.
    """

    def send_messages(self, email_messages):
        sent = super().send_messages(email_messages)
        if sent:
            _keep(email_messages)
        return sent
