"""``manage.py receive_lmtp``: take emails from an email server with LMTP."""

import signal
import threading

from django.core.management.base import BaseCommand, CommandError

try:
    from wagtail_portal.incoming.lmtp import Handler, LmtpController
except ImportError:
    LmtpController = None  # type: ignore[assignment, misc]


class Command(BaseCommand):
    help = "Takes emails from an email server with LMTP, until it's stopped. Requires aiosmtpd."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
        parser.add_argument("--port", type=int, default=8024, help="the port to listen at")

    def handle(self, *, host, port, **options):
        if LmtpController is None:
            raise CommandError('aiosmtpd is missing. Run: pip install "wagtail-portal[lmtp]"')
        controller = LmtpController(Handler(), hostname=host, port=port)
        try:
            controller.start()
        except OSError as error:
            # aiosmtpd only closes what it has started.
            if not controller.loop.is_running():
                controller.loop.close()
            raise CommandError(f"Can't listen at {host}:{port}: {error}") from error
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *args: stopped.set())
        self.stdout.write(f"Listening at {host}:{port}.")
        stopped.wait()
        controller.stop()
