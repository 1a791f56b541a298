"""Sign in to a site whose users have no username, and to its portal, and print what happened as
JSON.

``python -m tests.hosts.email_users_flows``, with ``tests.hosts.email_users_site`` as settings.
"""

import json
import re
import sys

import django

PASSWORD = "corner-lathe-42"


def main():
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core import mail
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment
    from wagtail.models import Locale, Page, Site

    from tests.hosts.base_page_flows import create_tables
    from wagtail_portal import actions
    from wagtail_portal.models import Role
    from wagtail_portal.pages.models import PortalHomePage
    from wagtail_portal.permissions import Actor

    setup_test_environment()
    call_command("check", stdout=sys.stderr)
    create_tables()
    locale = Locale.objects.create(language_code="en")
    root = Page.add_root(instance=Page(title="Root", slug="root", locale=locale))
    home = root.add_child(instance=Page(title="Site", slug="site"))
    Site.objects.create(hostname="testserver", root_page=home, is_default_site=True)
    home.add_child(instance=PortalHomePage(title="Support", slug="support"))
    acme = actions.create_organization(by=Actor.system(), name="Acme")
    role = Role.objects.get(key=Role.ADMIN)
    actions.create_member(
        acme, by=Actor.system(), email="dana@acme.example", role=role, notify=False
    )
    users = get_user_model().objects
    users.create_user("robin@site.example", PASSWORD, is_superuser=True)
    found = []
    for password in ("wrong", PASSWORD):
        data = {"username": "robin@site.example", "password": password}
        found.append(["the site", Client().post("/admin/login/", data).status_code])
    customer = Client()
    confirm = customer.post("/accounts/login/?next=/support/", {"login": "dana@acme.example"}).url
    call_command("send_emails", stdout=sys.stderr)
    code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]
    found.append(["the portal", customer.post(confirm, {"code": code, "action": "verify"}).url])
    found += [[url, customer.get(url).status_code] for url in ("/support/", "/support/profile/")]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
