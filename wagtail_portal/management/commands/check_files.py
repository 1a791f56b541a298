"""Compare the stored attachments with the database, and delete those that no row refers to."""

from datetime import timedelta

from django.core.management.base import CommandError

from wagtail_portal.actions import compare_files, discard_files
from wagtail_portal.management.base import PortalCommand
from wagtail_portal.models import DiscardedFile

CHUNK = 500


class Command(PortalCommand):
    help = (
        "Lists attachments that are in the storage but not in the database, and the other way "
        "round. Deletes nothing without --delete."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--delete", action="store_true", help="Delete files that aren't in the database."
        )
        parser.add_argument(
            "--hours", type=int, default=24, help="Minimum age of these files in hours (24)."
        )

    def handle(self, *, delete, hours, **options):
        try:
            orphans, missing = compare_files(older_than=timedelta(hours=hours))
        except NotImplementedError as error:
            raise CommandError("The storage of attachments can't list its files.") from error
        for name in orphans:
            self.stdout.write(f"Not in the database: {name}")
        for name in missing:
            self.stdout.write(f"Missing in the storage: {name}")
        self.stdout.write(f"{len(orphans)} files aren't in the database.")
        self.stdout.write(f"{len(missing)} files are missing in the storage.")
        if delete:
            left = sum(
                self._delete(orphans[start : start + CHUNK])
                for start in range(0, len(orphans), CHUNK)
            )
            self.stdout.write(f"{len(orphans) - left} files were deleted.")
            if left:
                self.stdout.write(f"{left} files couldn't be deleted. portal_worker tries again.")
        elif orphans:
            self.stdout.write("Nothing was deleted. Delete them with --delete.")

    def _delete(self, names: list[str]) -> int:
        """Delete files, and return how many are left."""
        discard_files(names)
        return DiscardedFile.objects.filter(name__in=names).count()
