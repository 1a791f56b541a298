"""Send the daily digests now, whatever the time; ``portal_worker`` sends them in the morning."""

from django.core.management.base import BaseCommand, CommandError

from wagtail_portal.notifications.digests import collect_digests
from wagtail_portal.notifications.outbox import NothingSent, send_due


class Command(BaseCommand):
    help = "Sends the daily digests of the support portal immediately."

    def handle(self, **options):
        number = collect_digests(everything=True)
        outcome = send_due()
        self.stdout.write(f"{number} digests sent.")
        try:
            outcome.require_some()
        except NothingSent as error:
            raise CommandError(error) from error
