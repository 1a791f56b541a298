"""Delete unsent uploads and other leftovers. Run it once a day."""

from datetime import timedelta

from django.core.management.base import BaseCommand

from wagtail_portal.actions import (
    discard_bulk_changes,
    discard_imports,
    discard_rate_limits,
    discard_requests,
    discard_token_sessions,
    discard_tokens,
    discard_uploads,
)

#: Days after which bulk changes and imports are deleted.
BULK_CHANGES_DAYS = 30


class Command(BaseCommand):
    help = "Deletes unsent uploads, unverified requests, used tokens, old bulk changes and imports."

    def add_arguments(self, parser):
        parser.add_argument("--hours", type=int, default=48, help="Minimum age in hours (48).")

    def handle(self, *, hours, **options):
        number = discard_uploads(older_than=timedelta(hours=hours))
        self.stdout.write(f"{number} uploads deleted.")
        number = discard_requests(older_than=timedelta(hours=hours))
        self.stdout.write(f"{number} unverified requests deleted.")
        self.stdout.write(f"{discard_tokens()} used tokens deleted.")
        self.stdout.write(f"{discard_token_sessions()} records of ended sessions deleted.")
        discard_rate_limits()
        discard_bulk_changes(older_than=timedelta(days=BULK_CHANGES_DAYS))
        discard_imports(older_than=timedelta(days=BULK_CHANGES_DAYS))
