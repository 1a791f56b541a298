"""A site adds, overrides and removes routes of its portal; see ``tests.testapp.models``."""

import sys

import pytest
from wagtail.models import Site

from tests.testapp.models import HelpDeskPage
from wagtail_portal.compat import AbstractPage
from wagtail_portal.portal_urls import portal_url


@pytest.fixture
def helpdesk(db):
    root = Site.objects.get(is_default_site=True).root_page
    return root.add_child(instance=HelpDeskPage(title="Help desk", slug="help"))


@pytest.fixture
def browser(helpdesk, dana, as_member):
    return as_member(dana)


def test_route_can_be_added(browser):
    assert browser.get("/help/status/").content.decode() == "All systems up for Acme"


def test_route_can_be_overridden(browser, helpdesk):
    assert browser.get("/help/new/").content.decode() == "Call us first"
    assert helpdesk.reverse_subpage("portal_new") == "new/"


def test_removed_route_is_not_found_and_not_linked(browser, home):
    assert browser.post("/help/profile/data/").status_code == 404
    assert "Download my data" not in browser.get("/help/profile/").content.decode()
    assert "Download my data" in browser.get("/support/profile/").content.decode()


def test_other_routes_still_work(browser):
    assert browser.get("/help/").status_code == 200
    assert browser.get("/help/profile/").status_code == 200


def test_addresses_below_the_portal_if_pages_have_no_slash_at_the_end(
    browser, home, settings, monkeypatch
):
    settings.WAGTAIL_APPEND_SLASH = False
    # Wagtail has read the setting already.
    module = sys.modules[AbstractPage.get_url_parts.__module__]
    monkeypatch.setattr(module, "WAGTAIL_APPEND_SLASH", False)
    page = browser.get("/support/").content.decode()
    assert 'href="/support/profile/"' in page and "/supportprofile/" not in page
    url = portal_url(home.get_site(), "portal_ticket", 1001)
    assert url == f"http://localhost{home.url}tickets/1001/"
