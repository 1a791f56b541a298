"""From nothing to a portal that a customer can use."""

import io

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission, Site

from tests import factories
from tests.desk.conftest import group, signed_in
from wagtail_portal.models import (
    Delivery,
    Notification,
    PortalSettings,
    SweepState,
)
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage


@pytest.fixture
def site(db):
    return Site.objects.get(is_default_site=True)


def steps_on(page) -> dict:
    """Return the links of open steps by label; None for steps that the user can't do."""
    soup = BeautifulSoup(page.content, "html.parser")
    found = {}
    for row in soup.select(".portal-steps__step:not(.portal-steps__step--done)"):
        detail = row.select_one(".portal-steps__detail")
        if detail:
            detail.extract()
        label = row.select("span")[-1 if row.a is None else -2].text.strip()
        found[label] = row.a and row.a["href"]
    return found


def settings_url(site):
    return reverse("wagtailsettings:edit", args=["wagtail_portal", "portalsettings", site.pk])


def test_checklist_leads_from_nothing_to_a_portal_and_goes_away(superuser, site, settings):
    settings.DEBUG = True
    browser = signed_in(superuser)
    first = steps_on(browser.get("/admin/"))
    assert list(first) == [
        "Create the portal page",
        "Publish a ticket form",
        "Choose what customers see of their tickets",
        "Start the worker, which sends emails",
        "Add the first customer",
        "Receive an email from the portal",
    ]
    assert steps_on(browser.get(settings_url(site))) == first
    # One click to the page, one to create everything.
    create = first["Create the portal page"]
    assert "with three ticket forms" in browser.get(create).content.decode()
    assert not PortalHomePage.objects.exists()
    assert browser.post(create).url == settings_url(site)
    page = browser.get(settings_url(site))
    assert "http://localhost/support/" in page.content.decode()
    assert "No email has been sent yet." in page.content.decode()
    left = steps_on(page)
    assert "Create the portal page" not in left and "Publish a ticket form" not in left
    # Every other step is where its link leads.
    assert browser.get(left["Add the first customer"]).status_code == 200
    factories.member(factories.organization())
    designations = PortalSettings.objects.get().designations
    assert [row.key for row in designations] == ["status", "urgency", "requester"]
    chosen = first["Choose what customers see of their tickets"]
    assert chosen == f"{settings_url(site)}#tab-tickets"
    assert "Choose what customers see of their tickets" not in left
    SweepState.objects.create(name="emails", due_at="2026-01-01T00:00Z")
    assert steps_on(browser.get("/admin/")) == {
        "Receive an email from the portal": "http://localhost/support/"
    }
    Notification.objects.create(
        event="reply_added",
        site=site,
        state=Delivery.SENT,
        sent_at="2026-01-01T00:00Z",
        retry_until="2026-01-02T00:00Z",
    )
    assert "First steps" not in browser.get("/admin/").content.decode()
    assert "Still to do" not in browser.get(settings_url(site)).content.decode()


def test_site_that_nobody_else_can_reach_is_a_step(superuser, site):
    assert "Set the site’s address" in steps_on(signed_in(superuser).get("/admin/"))
    Site.objects.update(hostname="support.acme.example")
    assert "Set the site’s address" not in steps_on(signed_in(superuser).get("/admin/"))


def test_portal_that_was_created_can_be_used(site, as_member, dana):
    call_command("portal_init", stdout=(said := io.StringIO()))
    assert "http://localhost/support/" in said.getvalue()
    browser = as_member(dana)
    html = browser.get("/support/new/").content.decode()
    for form in ("Ask a question", "Report a problem", "Suggest an improvement"):
        assert form in html
    page = browser.get("/support/problem/")
    names = [question.name for question in page.context["form"].questions]
    assert "Did it work before?" in page.content.decode()
    data = {"subject": "x", "description": "y", names[2]: "no", names[3]: "2026-01-01"}
    assert browser.post("/support/problem/", data).status_code == 302


def test_command_changes_nothing_that_exists(site):
    call_command("portal_init", stdout=io.StringIO())
    home = PortalHomePage.objects.get()
    forms = set(TicketFormPage.objects.values_list("pk", flat=True))
    Group.objects.get(name="Support agents").permissions.clear()
    TicketFormPage.objects.filter(slug="problem").update(title="Broken?", live=False)
    call_command("portal_init", stdout=(said := io.StringIO()))
    assert "There is nothing to create." in said.getvalue()
    assert set(TicketFormPage.objects.values_list("pk", flat=True)) == forms
    assert TicketFormPage.objects.get(slug="problem").title == "Broken?"
    assert not Group.objects.get(name="Support agents").permissions.exists()
    Group.objects.get(name="Support agents").delete()
    call_command("portal_init", stdout=(said := io.StringIO()))
    assert "Support agents" in said.getvalue()
    assert Group.objects.get(name="Support agents").permissions.filter(codename="reply_ticket")
    assert PortalHomePage.objects.get().pk == home.pk
    with pytest.raises(CommandError, match="There is no site 'elsewhere.example'"):
        call_command("portal_init", site="elsewhere.example")
    Site.objects.update(is_default_site=False)
    with pytest.raises(CommandError, match="There is no default site"):
        call_command("portal_init")


def test_only_those_who_can_publish_there_create_the_portal(site):
    rights = group("Settings", "change_portalsettings")
    editor = factories.staff("Settings")
    browser = signed_in(editor)
    assert steps_on(browser.get("/admin/"))["Create the portal page"] is None
    url = reverse("wagtail_portal_set_up", args=[site.pk])
    browser.post(url)
    assert not PortalHomePage.objects.exists()
    # Someone else's dashboard has no first steps.
    group("Others")
    other = signed_in(factories.staff("Others"))
    assert "First steps" not in other.get("/admin/").content.decode()
    assert other.post(url).status_code in (302, 403)
    assert Client().post(url).status_code == 302
    assert not PortalHomePage.objects.exists()
    for permission in Permission.objects.filter(codename__in=["add_page", "publish_page"]):
        GroupPagePermission.objects.create(group=rights, page=site.root_page, permission=permission)
    assert browser.post(url).status_code == 302
    assert PortalHomePage.objects.get().owner == editor
