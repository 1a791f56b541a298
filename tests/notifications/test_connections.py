"""Emails that are sent one after the other share a connection to the email server."""

import django
import pytest

from tests import factories
from tests.ports import MailController, claim_port
from wagtail_portal import actions
from wagtail_portal.models import Delivery, Notification
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor


class Server:
    """An email server that notes what clients do."""

    def __init__(self):
        self.noted, self.refused, self.ends = [], [], ""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.noted.append("connected")
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.noted.append(envelope.rcpt_tos[0])
        return "250 OK"

    async def handle_NOOP(self, server, session, envelope, arg):
        if self.ends == "drop":
            server.transport.abort()
        return "421 Closing" if self.ends else "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        self.noted.append("closed")
        return "221 Bye"


@pytest.fixture
def server(settings):
    server = Server()
    with claim_port() as claim:
        controller = MailController(server, claim)
        controller.start()
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        if django.VERSION >= (6, 1):
            options = {"host": "127.0.0.1", "port": controller.port}
            settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}
        else:
            settings.EMAIL_BACKEND = smtp
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
        yield server
        controller.stop()


@pytest.fixture
def addresses(home, acme):
    """Three emails are waiting. Return their addresses."""
    agent = Actor.for_agent(factories.agent())
    members = [factories.member(acme) for _number in range(3)]
    for member in members:
        ticket = factories.ticket(member, notify=False)
        actions.reply(ticket, by=agent, body="Try again")
    return [member.email for member in members]


def test_connection_is_shared_and_closed(server, addresses):
    assert outbox.send_due().sent == 3
    assert server.noted == ["connected", *addresses, "closed"]


@pytest.mark.parametrize("ends", ["refuse", "drop"])
def test_another_one_is_opened_if_the_server_has_ended_it(server, addresses, ends):
    server.ends = ends
    assert outbox.send_due().sent == 3
    noted = [note for note in server.noted if note != "closed"]
    assert noted == [word for address in addresses for word in ("connected", address)]
    assert not Notification.objects.exclude(state=Delivery.SENT).exists()


def test_email_that_is_refused_does_not_fail_the_next_one(server, addresses):
    server.refused = addresses[1:2]
    outcome = outbox.send_due()
    assert (outcome.sent, outcome.failed) == (2, 1)
    assert [note for note in server.noted if "@" in note] == [addresses[0], addresses[2]]
