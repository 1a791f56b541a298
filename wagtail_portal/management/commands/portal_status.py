"""Show whether the portal works: see :func:`wagtail_portal.health.check_health`."""

from django.core.management.base import BaseCommand, CommandError

from wagtail_portal.health import CHECKS, check_health


class Command(BaseCommand):
    help = "Shows whether everything works. The exit code is 1 if something needs attention."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "checks",
            nargs="*",
            choices=[*CHECKS, []],
            metavar="check",
            help="only these checks: " + ", ".join(CHECKS),
        )

    def handle(self, *, checks, **options):
        readings = check_health(checks)
        for reading in readings:
            mark = self.style.SUCCESS("ok  ") if reading.is_ok else self.style.ERROR("FAIL")
            self.stdout.write(f"{mark} {reading.key}: {reading.detail}")
        if problems := [reading.key for reading in readings if not reading.is_ok]:
            raise CommandError(f"Needs attention: {', '.join(problems)}.")
