"""Two sites of one project, each with a portal."""

import pytest
from wagtail.models import Site

from tests import factories
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage

from .conftest import text_of

SHOP = {"HTTP_HOST": "shop.example"}


@pytest.fixture
def shop(home):
    """A second site at shop.example."""
    root = home.get_root()
    page = root.add_child(instance=type(home.get_parent().specific)(title="Shop", slug="shop"))
    return Site.objects.create(hostname="shop.example", root_page=page)


def test_a_copied_portal_works_and_shows_its_own_tickets(
    editor, home, report, contact, shop, dana, browser, send
):
    first = factories.ticket(dana, "Pump of the first site")
    data = {"new_title": "Help", "new_slug": "help", "new_parent_page": shop.root_page.pk}
    data |= {"copy_subpages": "on", "publish_copies": "on"}
    response = editor.post(f"pages/{home.pk}/copy/", data)
    assert response.status_code == 302
    copy = PortalHomePage.objects.get(slug="help")
    assert TicketFormPage.objects.child_of(copy).live().count() == 2
    assert browser.get("/help/report/", **SHOP).status_code == 200
    sent = browser.post(
        "/help/report/",
        {"subject": "Order is late", "description": "x", "submission_key": ""},
        **SHOP,
    )
    assert sent.status_code == 302 and sent.url.startswith("/help/tickets/")
    page = text_of(browser.get("/help/", **SHOP))
    assert "Order is late" in page and "Pump of the first site" not in page
    assert browser.get(f"/help/tickets/{first.number}/", **SHOP).status_code == 404
    page = text_of(browser.get("/support/"))
    assert "Pump of the first site" in page and "Order is late" not in page
    # The desk tells them apart.
    url = "snippets/wagtail_portal/ticket/"
    page = text_of(editor.get(url))
    assert 'name="site"' in page
    page = text_of(editor.get(f"{url}?site={shop.pk}"))
    assert "Order is late" in page and "Pump of the first site" not in page
    # Editors can share them.
    settings = PortalSettings.for_site(shop)
    settings.show_other_sites = True
    settings.save()
    page = text_of(browser.get("/help/", **SHOP))
    assert "Order is late" in page and "Pump of the first site" in page
    assert browser.get(f"/help/tickets/{first.number}/", **SHOP).status_code == 200


def test_an_alias_follows_its_form(editor, home, report, browser, send):
    data = {"new_title": "x", "new_slug": "again", "new_parent_page": home.pk, "alias": "on"}
    assert editor.post(f"pages/{report.pk}/copy/", data).status_code == 302
    assert browser.get("/support/again/").status_code == 200
    assert editor.edit(report, title="Report a leak").status_code == 302
    assert "Report a leak" in text_of(browser.get("/support/again/"))
    assert send(browser, "/support/again/").status_code == 302
    editor.unpublish(report)
    assert browser.get("/support/again/").status_code == 404
