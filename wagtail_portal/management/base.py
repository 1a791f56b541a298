"""What the portal's commands share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_portal.exceptions import ReadOnly


class PortalCommand(BaseCommand):
    """A command that writes, and says so in read-only mode instead of showing a traceback."""

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the command.

        :raises CommandError: in read-only mode.
        """
        try:
            return super().execute(*args, **options)
        except ReadOnly as error:
            raise CommandError(error) from error
