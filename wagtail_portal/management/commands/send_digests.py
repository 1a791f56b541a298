"""Send the daily summaries now, whatever hour it is; ``send_emails`` sends them in the morning."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from wagtail_portal.notifications.digests import collect
from wagtail_portal.notifications.outbox import sweep


class Command(BaseCommand):
    help = "Sends the daily summaries of the support portal before their time."

    def handle(self, **options):
        number = collect(timezone.now(), everything=True)
        sweep()
        self.stdout.write(f"{number} summaries were sent.")
