"""Do everything that has to happen regularly: see :data:`wagtail_portal.sweeps.SWEEPS`."""

import logging
import signal
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from wagtail_portal.actions import run_sweeps
from wagtail_portal.utils.after_response import close_old_connections

logger = logging.getLogger(__name__)

#: Seconds between two looks at what's due.
PAUSE = 5


class Command(BaseCommand):
    help = (
        "Sends emails, continues interrupted work, publishes scheduled pages and deletes what's "
        "no longer needed. Runs until it's stopped. Several can run at once."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--once",
            action="store_true",
            help="Do what's due and exit, for a timer. The exit code is 1 if anything failed.",
        )

    def handle(self, *, once, **options):
        self.stopped = False
        before = {
            number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            if once:
                self._run_once()
            else:
                self._run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number, frame) -> None:
        # The batch at work is finished first. A plain flag, because locks aren't safe in here.
        self.stopped = True

    def _stops(self) -> bool:
        return self.stopped

    def _run_once(self) -> None:
        failed, there_is_more = set(), True
        while there_is_more and not self.stopped:
            there_is_more, failures = run_sweeps(stops=self._stops)
            failed.update(failures)
        if failed:
            raise CommandError(f"Failed: {', '.join(sorted(failed))}. The log says why.")

    def _run(self) -> None:
        while not self.stopped:
            there_is_more = False
            try:
                there_is_more, _failed = run_sweeps(stops=self._stops)
            except (DatabaseError, InterfaceError):
                logger.exception("The worker can't use the database, and tries again.")
            # So that a restart of the database is survived.
            close_old_connections()
            if not there_is_more:
                self._pause()

    def _pause(self) -> None:
        until = time.monotonic() + PAUSE
        while not self.stopped and time.monotonic() < until:
            # A signal doesn't end a sleep.
            time.sleep(0.2)
