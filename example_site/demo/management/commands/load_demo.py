"""``manage.py load_demo``: fill the demo's empty database."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from example_site.demo import load


class Command(BaseCommand):
    help = "Loads the demo data. Does nothing when they are there already."

    def add_arguments(self, parser):
        parser.add_argument("--small", action="store_true", help="a few tickets only, for tests")
        parser.add_argument(
            "--port",
            type=int,
            default=settings.EXAMPLE_SITE_PORT if settings.DEBUG else 80,
            help="the port that addresses in mails name",
        )

    def handle(self, *, small, port, verbosity, **options):
        if not settings.DEBUG:
            # The passwords of the demo's team are in the source code.
            raise CommandError("The demo data are for development only: DEBUG is off.")
        call_command("createcachetable", verbosity=0)
        if load.is_loaded():
            load.move("localhost", port)
            said = "The demo data are there already."
        else:
            load.load(timezone.now(), hostname="localhost", port=port, small=small)
            said = "The demo data are loaded."
        if verbosity:
            self.stdout.write(said)
