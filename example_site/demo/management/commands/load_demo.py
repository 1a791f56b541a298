"""``manage.py load_demo``: fill the demo's empty database."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from example_site.demo import load


class Command(BaseCommand):
    help = "Load the demo data, unless it has been loaded before."

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
            raise CommandError("The demo data is for development only, and DEBUG is off.")
        call_command("createcachetable", verbosity=0)
        if load.is_loaded():
            load.move("localhost", port)
            said = "The demo data already exists."
        else:
            load.load(timezone.now(), hostname="localhost", port=port, small=small)
            said = "The demo data has been loaded."
        if verbosity:
            self.stdout.write(said)
