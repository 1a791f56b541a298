"""Uninstall the portal: see :func:`wagtail_portal.actions.remove_portal`."""

from django.core.management.base import CommandError

from wagtail_portal.actions import remove_portal
from wagtail_portal.actions.uninstall.survey import obstacles, own_children, referring, survey
from wagtail_portal.exceptions import Invalid
from wagtail_portal.management.base import PortalCommand


class Command(PortalCommand):
    help = (
        "Lists what uninstalling the portal deletes. With --delete, deletes it: pages, tickets, "
        "members, settings, groups, permissions and tables."
    )

    def add_arguments(self, parser):
        parser.add_argument("--delete", action="store_true", help="delete what's listed")
        parser.add_argument("--no-input", action="store_true", help="don't ask before deleting")

    def handle(self, *, delete, no_input, **options):
        for name, number in survey():
            self.stdout.write(f"{number:>9,}  {name}")
        for page in own_children():
            self.stdout.write(f"The page “{page}” moves out of the portal.")
        for source in referring():
            name = source._meta.verbose_name
            self.stdout.write(f"The {name} “{source}” refers to a page of the portal.")
        if not delete:
            for text in obstacles():
                self.stderr.write(text)
            self.stdout.write("Nothing was deleted. Run again with --delete.")
            return
        if not no_input and input("Delete all of this? Type 'yes': ") != "yes":
            raise CommandError("Nothing was deleted.")
        try:
            remove_portal()
        except Invalid as error:
            raise CommandError(f"Nothing was deleted. {' '.join(error.messages)}") from error
        self.stdout.write(
            "The portal's data was deleted. Now remove the portal from INSTALLED_APPS, MIDDLEWARE, "
            "the URLs and STORAGES, and delete the folder with the attachments."
        )
