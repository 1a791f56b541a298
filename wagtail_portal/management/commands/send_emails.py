"""Send the emails in the outbox that are due; several can run at once. ``portal_worker`` does it,
too."""

from django.core.management.base import CommandError

from wagtail_portal.management.base import PortalCommand
from wagtail_portal.notifications.outbox import NothingSent, send_due


class Command(PortalCommand):
    help = "Sends the support portal's emails that are due, including failed attempts."

    def handle(self, **options):
        outcome = send_due()
        self.stdout.write(f"{outcome.sent} emails sent.")
        try:
            outcome.require_some()
        except NothingSent as error:
            raise CommandError(error) from error
