"""Render messages again. Run it after an update that changes how text is shown."""

from wagtail_portal.actions import render_messages
from wagtail_portal.management.base import PortalCommand


class Command(PortalCommand):
    help = "Renders the messages whose stored HTML is out of date."

    def handle(self, *, verbosity, **options):
        def progress(number):
            if verbosity > 1:
                self.stdout.write(f"{number} messages rendered so far")

        self.stdout.write(f"{render_messages(progress=progress)} messages rendered.")
