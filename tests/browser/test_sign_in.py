"""Signing in from the product's dashboard, which is another site to the browser, and viewing the
portal as a member."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .people import CUSTOMER, sign_in_to_admin, sign_in_with_code

pytestmark = pytest.mark.browser
BUTTON = "Sign in with Millrace Cloud"


def sign_in_from_dashboard(page: Page, name: str):
    """Click the button on the sign-in page, then a person's button on the dashboard."""
    page.get_by_role("link", name=BUTTON).click()
    expect(page.get_by_role("heading", name="Millrace Cloud")).to_be_visible()
    page.get_by_role("button", name=f"Open support as {name}").click()


def test_sign_in_through_the_dashboard_returns_to_the_portal(person, site_url):
    page = person()
    page.goto("/support/new/")
    sign_in_from_dashboard(page, "Maren Tolk")
    # The page they wanted, on the portal's own host.
    expect(page).to_have_url(f"{site_url}/support/new/")
    page.goto("/support/")
    page.locator("summary", has_text="Your account").click()
    expect(page.get_by_text("maren@brightwater.example")).to_be_visible()


def test_dashboard_button_opens_a_ticket(person, site_url):
    page = person()
    there = f"http://127.0.0.1:{urlsplit(site_url).port}/dev/dashboard/"
    page.goto(f"{there}?return_to={site_url}/support/members/")
    page.get_by_role("button", name="Open support as Maren Tolk").click()
    expect(page).to_have_url(f"{site_url}/support/members/")
    expect(page.get_by_role("heading", name="Members", level=1)).to_be_visible()


def test_link_with_a_token_asks_before_signing_in(person, site_url):
    page = person()
    page.goto("/support/")
    page.get_by_role("link", name=BUTTON).click()
    form = page.locator("form").first
    sent, action = form.locator("[name=jwt]").input_value(), form.get_attribute("action")
    page.goto(f"{action}?jwt={sent}&return_to=/support/new/")
    expect(page.get_by_text("maren@brightwater.example")).to_be_visible()
    page.get_by_role("button", name="Yes, sign me in").click()
    expect(page).to_have_url(f"{site_url}/support/new/")


def first_ticket(page) -> list[str]:
    """Return the text of the first ticket in the list without its times, which change."""
    return page.locator(".portal-ticket-row__main").first.text_content().split()


def test_view_as_member_cannot_submit_anything(person, mailbox):
    customer = person()
    customer.goto("/support/")
    sign_in_with_code(customer, mailbox, CUSTOMER)
    expect(customer.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    theirs = first_ticket(customer)
    assert theirs

    manager = person()
    sign_in_to_admin(manager, "petra")
    manager.goto("/support/view-as/")
    manager.get_by_label("Name, email address or organization").fill("ilse brightwater")
    manager.get_by_role("button", name="Search").click()
    manager.get_by_role("button", name="View as").click()
    banner = manager.get_by_role("complementary", name="You’re viewing the portal as a member")
    expect(banner).to_contain_text("You can’t send or change anything")
    assert first_ticket(manager) == theirs
    banner.get_by_role("button", name="Stop viewing").click()
    expect(manager.get_by_role("heading", name="View as member")).to_be_visible()
    expect(banner).to_have_count(0)
