"""Use a portal whose site has its own base page model, and print the status of each response.

``python -m tests.hosts.base_page_flows``, with ``tests.hosts.base_page_site`` as settings.
"""

import json
import re
import sys
from importlib import import_module

import django


def create_tables():
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    # From the models, which takes a tenth of the time of all migrations.
    settings.MIGRATION_MODULES = {row.label: None for row in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    import_module("wagtail_portal.migrations.0002_built_in").create(apps, None)


def create_pages():
    from wagtail.models import Locale, Site

    from tests.hosts.basepage.models import BasePage, ContentPage, SupportFormPage, SupportPage

    Locale.objects.create(language_code="en")
    root = BasePage.add_root(instance=BasePage(title="Root", slug="root"))
    site_home = root.add_child(instance=ContentPage(title="Site", slug="site"))
    Site.objects.create(hostname="testserver", root_page=site_home, is_default_site=True)
    home = site_home.add_child(instance=SupportPage(title="Support", slug="support"))
    form = home.add_child(instance=SupportFormPage(title="Report", slug="report"))
    body = json.dumps([{"type": "ticket_form", "value": {"form": form.pk}}])
    site_home.add_child(instance=ContentPage(title="Help", slug="help", body=body))
    return form


def create_people():
    from django.contrib.auth import get_user_model

    from wagtail_portal import actions
    from wagtail_portal.models import Role
    from wagtail_portal.permissions import Actor

    by = Actor.system()
    acme = actions.create_organization(by=by, name="Acme")
    role = Role.objects.get(key=Role.ADMIN)
    actions.create_member(acme, by=by, email="dana@acme.example", name="Dana Reyes", role=role)
    return (
        get_user_model().objects.get(email="dana@acme.example"),
        get_user_model().objects.create_superuser("robin", "robin@company.example", "x"),
    )


def main():
    django.setup()
    from django.test import Client
    from django.test.utils import setup_test_environment

    from wagtail_portal.models import Ticket

    setup_test_environment()
    create_tables()
    form = create_pages()
    customer, agent = Client(), Client()
    dana, robin = create_people()
    backend = "django.contrib.auth.backends.ModelBackend"
    customer.force_login(dana, backend=backend)
    agent.force_login(robin, backend=backend)
    found = []

    def record(browser, url, data=None):
        response = browser.get(url) if data is None else browser.post(url, data)
        found.append([url, response.status_code])
        return response.content.decode()

    page = record(customer, "/help/")
    data = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page))
    record(customer, "/support/report/", {**data, "subject": "A valve", "description": "It leaks"})
    ticket = Ticket.objects.get()
    found.append(["embedded in", str(ticket.source_page)])
    for url in ("", "new/", "report/", "members/", f"tickets/{ticket.number}/", "profile/"):
        record(customer, f"/support/{url}")
    del form.questions[1:]
    revision = form.save_revision()
    record(agent, f"/admin/wagtail-portal/forms/{form.pk}/publish/", {"revision": revision.pk})
    snippets = "/admin/snippets/wagtail_portal"
    for url in (
        f"{snippets}/ticket/",
        f"{snippets}/ticket/edit/{ticket.pk}/",
        f"/admin/pages/{form.pk}/edit/",
        f"/admin/pages/{form.pk}/delete/",
        "/admin/settings/wagtail_portal/portalsettings/1/",
        "/admin/",
    ):
        record(agent, url)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
