"""An email server that accepts connections and never answers."""

import socket
from datetime import timedelta

import django
import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.signin.test_code import ask_for_code
from wagtail_portal.models import Delivery, Notification
from wagtail_portal.notifications import outbox


@pytest.fixture
def hanging_server(settings):
    """A listening socket, which the system accepts connections for; no one reads from them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        host, port = server.getsockname()
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        if django.VERSION >= (6, 1):
            settings.MAILERS = {
                "default": {"BACKEND": smtp, "OPTIONS": {"host": host, "port": port}}
            }
        else:
            settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = smtp, host, port
        settings.WAGTAIL_PORTAL = {"EMAIL_TIMEOUT": 1}
        yield server


def connections_to(server) -> int:
    number = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return number
        number += 1


def test_one_visitor_waits_and_everyone_gets_their_code_later(
    home, acme, hanging_server, mail_server, caplog
):
    people = [factories.member(acme).email for _number in range(3)]
    for address in people:
        assert ask_for_code(Client(), address).status_code == 302
    assert connections_to(hanging_server) == 1
    assert [row.attempts for row in Notification.objects.order_by("pk")] == [1, 0, 0]
    # The log names the hanging server once.
    assert caplog.text.count("The email server hangs") == 1

    now = timezone.now() + timedelta(minutes=2)
    assert outbox.send_due(clock=lambda: now).sent == 0
    assert connections_to(hanging_server) == 1
    mail_server(up=True)
    now += timedelta(minutes=4)
    outbox.send_due(clock=lambda: now)
    assert sorted(message.to[0] for message in mail.outbox) == sorted(people)
    assert not Notification.objects.filter(state=Delivery.DUE).exists()
    assert "The email server answers again" in caplog.text


def test_server_that_refuses_connections_does_not_stop_other_emails(home, dana, acme, mail_server):
    """It costs no time, and it may be one recipient's fault."""
    mail_server(up=False)
    ask_for_code(Client(), dana.email)
    ask_for_code(Client(), factories.member(acme).email)
    assert [row.attempts for row in Notification.objects.order_by("pk")] == [1, 1]
