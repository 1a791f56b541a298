"""Delete files that were uploaded but never sent. Run it once a day."""

from datetime import timedelta

from django.core.management.base import BaseCommand

from wagtail_portal.actions import (
    discard_bulk_changes,
    discard_requests,
    discard_tokens,
    discard_uploads,
)

#: How many days the records of bulk changes are kept.
BULK_CHANGES_DAYS = 30


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
        # By then, the agent has long seen the result.
        discard_bulk_changes(older_than=timedelta(days=BULK_CHANGES_DAYS))
