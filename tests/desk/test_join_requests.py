"""The team decides on join requests on the organization's page."""

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
def join_request(acme):
    """Kim's request to join Acme."""
    kim = actions.provision_user("kim@acme.example")
    return JoinRequest.objects.create(user=kim, organization=acme)


def buttons(browser, organization) -> list:
    page = BeautifulSoup(browser.get(url("edit", organization.pk)).content, "html.parser")
    return page.select("button[formaction]")


def test_approve_join_request(join_request, acme, manager):
    browser = signed_in(manager)
    approve, decline = buttons(browser, acme)
    assert "kim@acme.example" in approve.text and approve["value"] == "approve"
    response = browser.post(
        approve["formaction"], {"do": "approve", "name": "Renamed"}, follow=True
    )
    assert "kim@acme.example is now a member" in response.content.decode()
    assert Member.objects.get().user == join_request.user
    acme.refresh_from_db()
    assert acme.name == "Acme"
    assert not buttons(browser, acme)
    # The other button on a page that was already open.
    response = browser.post(decline["formaction"], {"do": "decline"}, follow=True)
    assert "This request has already been decided" in response.content.decode()
    assert Member.objects.get().role.gives_access


def test_decline_join_request(join_request, acme, manager):
    browser = signed_in(manager)
    _approve, decline = buttons(browser, acme)
    browser.post(decline["formaction"], {"do": "decline"})
    join_request.refresh_from_db()
    assert join_request.decided_by == manager and not join_request.approved
    assert not Member.objects.exists()


def test_deciding_requires_permission_to_change_members(join_request, acme):
    group("Organizations", "change_organization", "view_member")
    browser = signed_in(factories.staff("Organizations"))
    assert browser.get(url("edit", acme.pk)).status_code == 200
    assert not buttons(browser, acme)
    address = url("join_request", acme.pk, join_request.pk)
    assert browser.post(address, {"do": "approve"}).url == "/admin/"
    assert not Member.objects.exists()


def test_deciding_requires_post_and_the_right_organization(join_request, acme, manager):
    browser = signed_in(manager)
    assert browser.get(url("join_request", acme.pk, join_request.pk)).status_code == 405
    other = factories.organization("Globex")
    address = url("join_request", other.pk, join_request.pk)
    assert browser.post(address, {"do": "approve"}).status_code == 404
    assert browser.post(url("join_request", acme.pk, 0), {"do": "approve"}).status_code == 404
    assert not Member.objects.exists()


def test_panel_is_hidden_without_join_requests(join_request, acme, manager):
    actions.decline_join_request(join_request, by=Actor.for_agent(manager))
    browser = signed_in(manager)
    assert not buttons(browser, acme)
    assert browser.get(url("add")).status_code == 200


def test_organizations_with_join_requests_can_be_filtered(join_request, acme, manager):
    factories.organization("Globex")
    page = signed_in(manager).get(url("list"), {"waiting": "true"}).content.decode()
    assert "Acme" in page and "Globex" not in page
