"""What the portal's commands share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_portal.exceptions import ReadOnly
from wagtail_portal.utils.shared_cache import surviving_outages


class PortalCommand(BaseCommand):
    """A command that writes, and says so in read-only mode instead of showing a traceback. It works
    without the cache, as the portal does."""

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the command.

        :raises CommandError: in read-only mode.
        """
        try:
            with surviving_outages():
                return super().execute(*args, **options)
        except ReadOnly as error:
            raise CommandError(error) from error
