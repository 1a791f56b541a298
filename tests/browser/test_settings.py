"""The portal settings in the Wagtail admin."""

import pytest
from playwright.sync_api import expect

from .people import sign_in_to_admin

pytestmark = pytest.mark.browser


def test_each_field_shows_who_will_see_it(person):
    page = person()
    sign_in_to_admin(page, "petra")
    page.goto("/admin/settings/wagtail_portal/portalsettings/")
    page.get_by_role("tab", name="Tickets").click()
    # The severity.
    row = page.locator("[data-inline-panel-child]:has(#id_designated_fields-1-in_list)")
    customers = row.get_by_text("Visible to the requester")
    team = row.get_by_text("Visible to the team only")
    expect(customers).to_be_visible()
    expect(row.get_by_text("Editable by those")).to_be_visible()
    expect(team).to_be_hidden()
    for label in ("In the list", "On the ticket", "As a filter"):
        row.get_by_label(label).uncheck()
    expect(team).to_be_visible()
    expect(customers).to_be_hidden()
    expect(row.get_by_text("Editable by those")).to_be_hidden()
