"""Delete files that were uploaded but never sent. Run it once a day."""

from datetime import timedelta

from django.core.management.base import BaseCommand

from wagtail_portal.actions import (
    discard_bulk_runs,
    discard_requests,
    discard_tokens,
    discard_uploads,
)

#: Days for which changes of many tickets are kept.
RUNS_DAYS = 30


class Command(BaseCommand):
    help = "Deletes files that were uploaded in the support portal but never sent."

    def add_arguments(self, parser):
        parser.add_argument("--hours", type=int, default=48, help="How old they must be (48).")

    def handle(self, *, hours, **options):
        number = discard_uploads(older_than=timedelta(hours=hours))
        self.stdout.write(f"{number} uploads were discarded.")
        number = discard_requests(older_than=timedelta(hours=hours))
        self.stdout.write(f"{number} requests of visitors were discarded.")
        self.stdout.write(f"{discard_tokens()} used tokens were forgotten.")
        # Whoever asked for one has long seen what became of it.
        discard_bulk_runs(older_than=timedelta(days=RUNS_DAYS))
