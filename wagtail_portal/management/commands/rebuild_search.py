"""Write what tickets are found by anew: after an import past the actions, or a new backend."""

from django.core.management.base import BaseCommand

from wagtail_portal.actions import rebuild_search


class Command(BaseCommand):
    help = "Gives the search of the support portal every ticket anew."

    def handle(self, *, verbosity, **options):
        def told(number):
            if verbosity > 1:
                self.stdout.write(f"{number} tickets so far")

        self.stdout.write(f"{rebuild_search(told=told)} tickets can be found.")
