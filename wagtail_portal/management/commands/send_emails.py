"""Send what is due in the outbox. Run it every minute; several at once do no harm."""

from django.core.management.base import BaseCommand

from wagtail_portal.notifications.outbox import sweep


class Command(BaseCommand):
    help = "Sends the support portal's mails that are due: those that failed, or were cut off."

    def handle(self, **options):
        self.stdout.write(f"{sweep()} mails were sent.")
