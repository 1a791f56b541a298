"""Send the emails in the outbox that are due. Run it every minute; several can run at once."""

from django.core.management.base import BaseCommand

from wagtail_portal.notifications.outbox import send_due


class Command(BaseCommand):
    help = "Sends the support portal's emails that are due, including failed attempts."

    def handle(self, **options):
        self.stdout.write(f"{send_due()} emails sent.")
