"""Remove a portal that's in use, with its migrations or with the command, and print what's left as
JSON.

``python -m tests.hosts.removal_flows migrations|command``, with ``tests.hosts.removal_site`` as
settings. The second starts itself once more without the portal.
"""

import json
import os
import subprocess
import sys
from io import StringIO

import django

OURS = ("wagtail_portal", "wagtail_portal_pages")


def migrate(*arguments):
    from django.core.management import call_command

    call_command("migrate", *arguments, verbosity=0)


def create_data():
    """Use everything that leaves traces in other tables."""
    from django.contrib.auth.models import Group
    from wagtail.contrib.redirects.models import Redirect
    from wagtail.models import GroupPagePermission, Page, PageViewRestriction, Site, Workflow

    from tests import factories
    from wagtail_portal import actions
    from wagtail_portal.models import PortalSettings, Role, SavedReply
    from wagtail_portal.permissions import Actor

    site = Site.objects.get()
    home = factories.portal_home()
    robin = factories.staff("Support agents", "Editors", name="Robin Vale", is_superuser=True)
    severity = factories.ticket_field("Severity", choices=[("High", ""), ("Low", "")])
    form = factories.form_page(
        home,
        [
            factories.block("subject"),
            factories.block("description"),
            factories.block("ticket_field", value={"field": severity.pk}),
        ],
    )
    form.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    form.save()
    form.save_revision(user=robin).publish(user=robin)
    Workflow.objects.first().start(form, robin)
    own = home.add_child(instance=Page(title="Opening hours", slug="hours"))
    own.add_child(instance=Page(title="Holidays", slug="holidays"))
    site.root_page.add_child(instance=Page(title="Other hours", slug="hours"))
    Redirect.objects.create(old_path="/help", redirect_page=form, site=site)
    PageViewRestriction.objects.create(page=form, restriction_type="login")
    editors = Group.objects.get(name="Editors")
    GroupPagePermission.objects.create(
        group=editors, page=home, permission_type="change", permission=_change_page()
    )
    portal = PortalSettings.for_site(site)
    portal.portal_name, portal.customers_share = "Help", True
    portal.save()
    acme = factories.organization("Acme")
    dana, theo = factories.member(acme, role=Role.ADMIN), factories.member(acme)
    by, agent = Actor.for_member(dana), Actor.for_agent(robin)
    tickets = [
        factories.ticket(dana, form=form, followers=[theo], attachments=[factories.upload()])
        for _number in range(3)
    ]
    actions.reply(tickets[0], by=agent, body="Close the valve.")
    actions.add_note(tickets[0], by=agent, body="A note")
    actions.assign(tickets[0], by=agent, assignee=robin)
    actions.close_ticket(tickets[1], by=by)
    actions.merge_tickets(tickets[2], into=tickets[0], by=agent)
    actions.share_ticket(tickets[0], by=by, email="guest@partner.example", notify=False)
    SavedReply.objects.create(title="Close it", text="Close the valve.")
    return robin, dana


def _change_page():
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename="change_page", content_type__app_label="wagtailcore")


def tables():
    from django.db import connection

    return [name for name in connection.introspection.table_names() if name.startswith(OURS[0])]


def constraints_hold():
    """Check all foreign keys, which not every database does for itself."""
    from django.db import connection

    connection.check_constraints()


def reverse_migrations(found):
    create_data()
    for app in reversed(OURS):
        migrate(app, "zero")
    found["tables"] = tables()
    constraints_hold()
    migrate()
    create_data_again(found)


def create_data_again(found):
    from django.contrib.auth.models import Group
    from wagtail.models import Page

    from wagtail_portal.models import Role, Status

    found["roles"], found["statuses"] = Role.objects.count(), Status.objects.count()
    agents = Group.objects.get(name="Support agents")
    found["permissions"] = agents.permissions.count()
    # Their types are gone, so the pages are plain ones.
    Page.objects.filter(slug="support").delete()
    Page.objects.filter(slug="hours").delete()
    create_data()


def uninstall(found):
    from django.core.management import call_command
    from django.db import connection

    from wagtail_portal.models import Ticket

    robin, dana = create_data()
    assert cached() == ["Help", "Severity"]
    output = StringIO()
    call_command("portal_uninstall", stdout=output)
    found["listed"] = output.getvalue().splitlines()
    found["tickets after listing"] = Ticket.objects.count()
    call_command("portal_uninstall", delete=True, no_input=True, stdout=StringIO())
    found["tables"] = tables()
    constraints_hold()
    environment = {
        **os.environ,
        "WITH_PORTAL": "",
        "REMOVAL_DATABASE": str(connection.settings_dict["NAME"]),
    }
    command = [sys.executable, "-m", "tests.hosts.removal_flows", "afterwards"]
    command += [str(robin.pk), str(dana.user_id)]
    connection.close()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found["afterwards"] = json.loads(done.stdout)
    # It can be installed again.
    migrate()
    found["cached"] = cached()
    create_data_again(found)


def cached():
    """Return what's cached of the portal: its name, and those of its ticket fields."""
    from wagtail.models import Site

    from wagtail_portal.models import PortalSettings, TicketField

    portal = PortalSettings.cached(Site.objects.get())
    return [portal.portal_name, *(field.label for field in TicketField.cached())]


def afterwards(found, robin_pk, dana_pk):
    """Use the site without the portal."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group, Permission
    from django.contrib.contenttypes.models import ContentType
    from django.core.management import call_command
    from django.test import Client
    from wagtail.models import (
        ModelLogEntry,
        Page,
        PageLogEntry,
        ReferenceIndex,
        Revision,
        TaskState,
        WorkflowState,
    )

    call_command("check", stdout=sys.stderr)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    migrate()
    found["content types"] = ContentType.objects.filter(app_label__in=OURS).count()
    found["permissions"] = Permission.objects.filter(content_type__app_label__in=OURS).count()
    found["groups"] = sorted(Group.objects.values_list("name", flat=True))
    found["pages"] = sorted(Page.objects.values_list("url_path", flat=True))
    found["problems of the tree"] = [len(rows) for rows in Page.find_problems()]
    found["log"] = [
        model.objects.filter(action__startswith="wagtail_portal").count()
        + model.objects.filter(content_type=None).count()
        for model in (ModelLogEntry, PageLogEntry)
    ]
    found["others"] = [WorkflowState.objects.count(), TaskState.objects.count()]
    # Everything that refers to something leads somewhere.
    for model in (Revision, ReferenceIndex):
        for row in model.objects.all():
            assert row.content_type.model_class() is not None, row
    browser = Client()
    browser.force_login(
        get_user_model().objects.get(pk=robin_pk),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    screens = ["", "pages/", "reports/site-history/", "users/", "groups/", "redirects/"]
    screens += ["reports/workflow/", "sites/"]
    urls = ["/hours-1/", "/hours-1/holidays/", "/accounts/login/"]
    urls += [f"/admin/{path}" for path in screens]
    found["statuses"] = [[url, browser.get(url, follow=True).status_code] for url in urls]
    for pk in (dana_pk, robin_pk):
        get_user_model().objects.get(pk=pk).delete()
    constraints_hold()


def main():
    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    what, *arguments = sys.argv[1:]
    found: dict = {}
    if what == "afterwards":
        afterwards(found, *arguments)
    else:
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            {"migrations": reverse_migrations, "command": uninstall}[what](found)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
