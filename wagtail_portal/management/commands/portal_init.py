"""Create a portal: see :func:`wagtail_portal.actions.set_up_portal`."""

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation
from wagtail.models import Site

from wagtail_portal.actions import set_up_portal
from wagtail_portal.exceptions import ActionError
from wagtail_portal.management.base import PortalCommand
from wagtail_portal.portal_urls import portal_url


class Command(PortalCommand):
    help = "Creates what a site's portal lacks: its page, three ticket forms, settings and groups."

    def add_arguments(self, parser):
        parser.add_argument("--site", help="the hostname of the site; the default site if left out")
        parser.add_argument(
            "--slug", default="support", help="the slug of the portal page (default: support)"
        )

    def handle(self, *, site, slug, **options):
        found = (
            Site.objects.filter(hostname=site)
            if site
            else Site.objects.filter(is_default_site=True)
        )
        row = found.first()
        if row is None:
            name = f"site '{site}'" if site else "default site"
            raise CommandError(f"There is no {name}. Create it under Settings → Sites.")
        # Pages are written in the site's language, not in that of the command.
        with translation.override(settings.LANGUAGE_CODE):
            try:
                created = set_up_portal(row, slug=slug)
            except ActionError as error:
                raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
            for one in created:
                self.stdout.write(f"Created: {one._meta.verbose_name} “{one}”")
        if not created:
            self.stdout.write("There is nothing to create.")
        self.stdout.write(portal_url(row) or "The portal page isn't published.")
