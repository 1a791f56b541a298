"""The portal settings in the Wagtail admin."""

import pytest
from playwright.sync_api import expect

from .people import sign_in_to_admin

pytestmark = pytest.mark.browser


def test_fields_are_ticked_ordered_and_previewed_in_one_table(person):
    page = person(viewport={"width": 1440, "height": 900})
    sign_in_to_admin(page, "petra")
    page.goto("/admin/settings/wagtail_portal/portalsettings/")
    page.get_by_role("tab", name="Tickets").click()
    # The severity.
    table = page.locator(".portal-fields")
    row = table.get_by_role("row", name="Severity")
    shown = row.locator(".portal-fields__who span:visible")
    expect(shown).to_have_text("Customers, can edit")
    preview = page.get_by_role("group", name="Preview of the list")
    expect(preview.get_by_role("columnheader")).to_contain_text(["Subject", "Status", "Severity"])
    row.get_by_label("editable by customers").uncheck()
    expect(shown).to_have_text("Customers")
    for use in ("in the list", "on the ticket", "as a filter"):
        row.get_by_label(use).uncheck()
    expect(shown).to_have_text("Team only")
    expect(preview.get_by_text("Severity")).to_have_count(0)
    # By keyboard, and the focus stays where it is.
    row.get_by_label("in the list").press("Space")
    up = row.get_by_role("button", name="Move up: Severity")
    up.press("Enter")
    expect(up).to_be_focused()
    expect(table.get_by_role("status")).to_have_text("Severity is now number 1")
    expect(preview.get_by_role("columnheader")).to_contain_text(["Subject", "Severity", "Status"])
    assert table.bounding_box()["height"] < 900
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("updated")
    page.get_by_role("tab", name="Tickets").click()
    expect(table.locator("[data-row]").first).to_contain_text("Severity")
    # As before, for the other tests of this site.
    for use in ("on the ticket", "as a filter", "editable by customers"):
        row.get_by_label(use).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("updated")
