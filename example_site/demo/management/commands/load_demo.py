"""``manage.py load_demo``: load the demo data into an empty database."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from example_site.demo import load


class Command(BaseCommand):
    help = "Loads the demo data, unless it has already been loaded."

    def add_arguments(self, parser):
        parser.add_argument(
            "--small", action="store_true", help="load only a few tickets, for tests"
        )
        parser.add_argument(
            "--port",
            type=int,
            default=settings.EXAMPLE_SITE_PORT if settings.DEBUG else 80,
            help="the port in links in emails",
        )

    def handle(self, *, small, port, verbosity, **options):
        if not settings.DEBUG:
            # The demo team's password is in the source code.
            raise CommandError("The demo data is for development only, and DEBUG is off.")
        call_command("createcachetable", verbosity=0)
        if load.is_loaded():
            load.move("localhost", port)
            message = "The demo data already exists."
        else:
            load.load(timezone.now(), hostname="localhost", port=port, small=small)
            message = "The demo data has been loaded."
        if verbosity:
            self.stdout.write(message)
