"""Send the daily digests now, whatever the time; ``send_emails`` sends them in the morning."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from wagtail_portal.notifications.digests import collect_digests
from wagtail_portal.notifications.outbox import send_due


class Command(BaseCommand):
    help = "Sends the daily digests of the support portal immediately."

    def handle(self, **options):
        number = collect_digests(timezone.now(), everything=True)
        send_due()
        self.stdout.write(f"{number} digests sent.")
