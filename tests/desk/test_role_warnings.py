"""Where a role without access is set, the screen says what it means."""

import pytest
from bs4 import BeautifulSoup
from django.dispatch import receiver
from django.urls import reverse
from wagtail.models import Site

from tests import factories
from tests.desk.conftest import signed_in
from tests.desk.imports.test_imports import preview
from wagtail_portal import actions, signals
from wagtail_portal.models import Member, Notification, PortalSettings, Role


def url(model, name, *args):
    return reverse(f"wagtailsnippets_wagtail_portal_{model}:{name}", args=args)


@pytest.fixture
def desk(superuser, home):
    return signed_in(superuser)


@pytest.fixture
def no_access():
    return Role.objects.get(key=Role.NO_ACCESS)


def text_of(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def options(response, name) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")
    return [option.get_text() for option in page.select(f"select[name={name}] option")]


def test_role_that_loses_access_warns(desk, acme):
    role = Role.objects.create(key="guest", name="Guest", tickets="own")
    factories.member(acme, role=role.key)
    page = desk.get(url("role", "edit", role.pk))
    assert "Without any tickets, the role gives no access" in text_of(page)
    assert "can’t sign in" not in text_of(page)
    data = {"name": "Guest", "tickets": "none", "members": "none"}
    saved = desk.post(url("role", "edit", role.pk), data, follow=True)
    assert "The role “Guest” doesn’t give access to the portal." in text_of(saved)
    assert "1 member has it and can’t sign in." in text_of(saved)
    assert "Members with this role don’t have access" in text_of(
        desk.get(url("role", "edit", role.pk))
    )
    added = desk.post(url("role", "add"), {**data, "name": "Nobody"}, follow=True)
    assert "The role “Nobody” doesn’t give access" in text_of(added)


def test_default_role_without_access_warns(desk, acme, no_access):
    page = desk.get(url("organization", "edit", acme.pk))
    assert "No access (doesn’t give access)" in options(page, "default_role")
    data = {
        "name": "Acme",
        "external_id": "",
        "default_role": no_access.pk,
        "domain_joining": "off",
        "domains-TOTAL_FORMS": 0,
        "domains-INITIAL_FORMS": 0,
    }
    saved = desk.post(url("organization", "edit", acme.pk), data, follow=True)
    assert "New members won’t have access to the portal" in text_of(saved)
    page = text_of(desk.get(url("organization", "edit", acme.pk)))
    assert "New members of this organization won’t have access to the portal." in page


def test_default_role_in_the_settings_warns(desk, no_access):
    site = Site.objects.get()
    address = reverse("wagtailsettings:edit", args=["wagtail_portal", "portalsettings", site.pk])
    assert "New members won’t have access" not in text_of(desk.get(address))
    settings = PortalSettings.for_site(site)
    settings.default_role = no_access
    settings.save()
    assert "New members won’t have access to the portal." in text_of(desk.get(address))


def test_member_without_access_warns(desk, dana, no_access):
    saved = desk.post(url("member", "edit", dana.pk), {"role": no_access.pk}, follow=True)
    assert "Dana Reyes has no access to the portal" in text_of(saved)
    page = text_of(desk.get(url("member", "edit", dana.pk)))
    assert "This member doesn’t have access to the portal." in page


@pytest.mark.parametrize("notify", [True, False])
def test_member_added_without_an_email_warns(desk, acme, notify):
    notified = []

    @receiver(signals.member_added)
    def remember(notify, **kwargs):
        notified.append(notify)

    page = desk.get(url("member", "add"))
    assert "Tell them by email" in text_of(page)
    data = {"organization": acme.pk, "email": "kim@acme.example", "name": "Kim", "role": ""}
    saved = desk.post(
        url("member", "add"), {**data, **({"notify": "on"} if notify else {})}, follow=True
    )
    assert Member.objects.filter(user__email="kim@acme.example").exists()
    assert ("Kim wasn’t emailed." in text_of(saved)) is not notify
    assert ("/support/" in text_of(saved)) is not notify
    assert notified == [notify]
    assert Notification.objects.filter(event="member_added").count() == notify


def test_member_added_without_access_warns(desk, acme, no_access):
    acme.default_role = no_access
    acme.save()
    data = {"organization": acme.pk, "email": "kim@acme.example", "name": "Kim", "role": ""}
    saved = desk.post(url("member", "add"), {**data, "notify": "on"}, follow=True)
    assert "Kim has no access to the portal, because of the role “No access”." in text_of(saved)


def test_imported_members_without_access_or_email_are_pointed_out(desk, acme):
    text = "email,organization,role\na@acme.example,Acme,No access\nb@acme.example,Acme,Member"
    page = text_of(preview(desk, "members", text))
    assert "They won’t be emailed." in page
    assert "1 member will have no access to the portal" in page


def test_visitors_are_offered_no_role_with_access(desk, home):
    visitor = actions.save_visitor("visitor@else.example")
    page = desk.get(url("member", "edit", visitor.pk))
    assert options(page, "role") == ["No access (doesn’t give access)"]
