"""Use the portal without the packages of the extras, and print what was imported as JSON.

``python -m tests.hosts.bare_flows <module> …`` takes the modules that can't be imported.
"""

import json
import sys

import django

sys.modules |= dict.fromkeys(sys.argv[1:])


def main():
    """Show pages to a customer and an agent, and export a list."""
    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment
    from wagtail.models import Locale, Page, Site

    from tests.hosts.base_page_flows import create_people, create_tables
    from wagtail_portal import actions
    from wagtail_portal.models import Member
    from wagtail_portal.pages.models import PortalHomePage
    from wagtail_portal.permissions import Actor

    setup_test_environment()
    call_command("check", stdout=sys.stderr)
    create_tables()
    root = Page.add_root(
        instance=Page(title="Root", slug="root", locale=Locale.objects.create(language_code="en"))
    )
    home = root.add_child(instance=Page(title="Site", slug="site"))
    site = Site.objects.create(hostname="testserver", root_page=home, is_default_site=True)
    home.add_child(instance=PortalHomePage(title="Support", slug="support"))
    dana, robin = create_people()
    member = Member.objects.get(user=dana)
    by = Actor.for_member(member)
    ticket = actions.open_ticket(
        site=site, requester=member, by=by, subject="A valve", body="It leaks"
    )
    pages = {
        dana: ["/support/", "/support/members/", f"/support/tickets/{ticket.number}/"],
        robin: ["/admin/", "/admin/snippets/wagtail_portal/ticket/"],
    }
    found: dict = {"statuses": [], "before": "openpyxl" in sys.modules}

    def get(user, url):
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        response = browser.get(url)
        found["statuses"].append([url, response.status_code])
        return response

    for user, urls in pages.items():
        for url in urls:
            get(user, url)
    found["after pages"] = "openpyxl" in sys.modules
    b"".join(get(robin, "/admin/snippets/wagtail_portal/ticket/?export=xlsx"))
    found["after an export"] = "openpyxl" in sys.modules
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
