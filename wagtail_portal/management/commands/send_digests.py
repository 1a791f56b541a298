"""Send the daily digests now, whatever the time; ``portal_worker`` sends them in the morning."""

from django.core.management.base import CommandError

from wagtail_portal.management.base import PortalCommand
from wagtail_portal.notifications.digests import collect_digests
from wagtail_portal.notifications.outbox import NothingSent, send_due
from wagtail_portal.read_only_mode import require_writable


class Command(PortalCommand):
    help = "Sends the daily digests of the support portal immediately."

    def handle(self, **options):
        require_writable()
        number = collect_digests(everything=True)
        outcome = send_due()
        self.stdout.write(f"{number} digests collected, {outcome.sent} emails sent.")
        try:
            outcome.require_some()
        except NothingSent as error:
            raise CommandError(error) from error
