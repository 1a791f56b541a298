"""The team decides about who asks to come in, on the organization's screen."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import JoinRequest, Member
from wagtail_portal.permissions import Actor

from .conftest import group, signed_in

ORGANIZATIONS = "wagtailsnippets_wagtail_portal_organization"


def url(name: str, *args) -> str:
    return reverse(f"{ORGANIZATIONS}:{name}", args=args)


@pytest.fixture
def asked(acme):
    """Kim waits to be let in to Acme."""
    kim = actions.provision_user("kim@acme.example")
    return JoinRequest.objects.create(user=kim, organization=acme)


def buttons(browser, organization) -> list:
    page = BeautifulSoup(browser.get(url("edit", organization.pk)).content, "html.parser")
    return page.select("button[formaction]")


def test_let_in(asked, acme, manager):
    browser = signed_in(manager)
    let_in, decline = buttons(browser, acme)
    assert "kim@acme.example" in let_in.text and let_in["value"] == "approve"
    response = browser.post(let_in["formaction"], {"do": "approve", "name": "Renamed"}, follow=True)
    assert "kim@acme.example is now a member" in response.content.decode()
    assert Member.objects.get().user == asked.user
    acme.refresh_from_db()
    assert acme.name == "Acme"
    assert not buttons(browser, acme)
    # The other button, from a page that was open.
    response = browser.post(decline["formaction"], {"do": "decline"}, follow=True)
    assert "This request has already been decided" in response.content.decode()
    assert Member.objects.get().role.gives_access


def test_decline(asked, acme, manager):
    browser = signed_in(manager)
    _let_in, decline = buttons(browser, acme)
    browser.post(decline["formaction"], {"do": "decline"})
    asked.refresh_from_db()
    assert asked.decided_by == manager and not asked.approved
    assert not Member.objects.exists()


def test_who_may_not_change_members_decides_nothing(asked, acme):
    group("Organizations", "change_organization", "view_member")
    browser = signed_in(factories.staff("Organizations"))
    assert browser.get(url("edit", acme.pk)).status_code == 200
    assert not buttons(browser, acme)
    address = url("join_request", acme.pk, asked.pk)
    assert browser.post(address, {"do": "approve"}).url == "/admin/"
    assert not Member.objects.exists()


def test_only_by_a_button_and_in_its_organization(asked, acme, manager):
    browser = signed_in(manager)
    assert browser.get(url("join_request", acme.pk, asked.pk)).status_code == 405
    other = factories.organization("Globex")
    address = url("join_request", other.pk, asked.pk)
    assert browser.post(address, {"do": "approve"}).status_code == 404
    assert browser.post(url("join_request", acme.pk, 0), {"do": "approve"}).status_code == 404
    assert not Member.objects.exists()


def test_nothing_shows_where_nobody_waits(asked, acme, manager):
    actions.decline_join_request(asked, by=Actor.for_agent(manager))
    browser = signed_in(manager)
    assert not buttons(browser, acme)
    assert browser.get(url("add")).status_code == 200


def test_organizations_of_which_somebody_asks_are_found(asked, acme, manager):
    factories.organization("Globex")
    page = signed_in(manager).get(url("list"), {"waiting": "true"}).content.decode()
    assert "Acme" in page and "Globex" not in page
