"""Rebuild the search index of tickets: after a change past the actions, or with a new backend."""

from wagtail_portal.actions import rebuild_search
from wagtail_portal.management.base import PortalCommand


class Command(PortalCommand):
    help = "Rebuilds the search index of the support portal."

    def handle(self, *, verbosity, **options):
        def progress(number):
            if verbosity > 1:
                self.stdout.write(f"{number} tickets indexed so far")

        self.stdout.write(f"{rebuild_search(progress=progress)} tickets indexed.")
