"""The team's inbox: tabs, searchable filters, saved views, bulk actions and live updates."""

import re

import pytest
from playwright.sync_api import expect

from .people import CUSTOMER, sign_in_to_admin, sign_in_with_code

pytestmark = pytest.mark.browser

INBOX = "/admin/snippets/wagtail_portal/ticket/"


@pytest.fixture
def agent(person):
    page = person()
    sign_in_to_admin(page, "hanna")
    page.goto(INBOX)
    return page


def rows(page):
    return page.locator("#listing-results tbody tr")


def test_tabs_filters_and_saved_view(agent):
    views = agent.get_by_role("navigation", name="Views")
    views.get_by_role("link", name=re.compile("^Waiting on us")).click()
    expect(views.locator("[aria-current=page]")).to_contain_text("Waiting on us")
    expect(rows(agent).first).to_be_visible()

    # Find an organization by typing and choose it with the keyboard.
    agent.get_by_role("button", name="Show filters").click()
    agent.get_by_role("button", name="Organization").click()
    field = agent.get_by_role("combobox", name="Organization")
    field.press_sequentially("bright")
    expect(agent.get_by_role("option", name="Brightwater Foods")).to_be_visible()
    field.press("Enter")
    expect(agent).to_have_url(re.compile("organization=\\d+"))
    for row in rows(agent).all():
        expect(row).to_contain_text("Brightwater Foods")

    agent.get_by_role("link", name="Save this view").click()
    agent.get_by_label("Name").fill("Brightwater waits")
    agent.get_by_role("button", name="Save").click()
    expect(agent).to_have_url(re.compile("view/waiting-on-us/.*organization=\\d+"))

    agent.goto(INBOX)
    agent.get_by_role("button", name="Saved views").click()
    agent.get_by_role("link", name="Brightwater waits").click()
    expect(views.locator("[aria-current=page]")).to_contain_text("Waiting on us")
    expect(rows(agent).first).to_contain_text("Brightwater Foods")


def test_bulk_assignment(agent):
    agent.goto(f"{INBOX}view/waiting-on-customer/")
    subjects = [row.locator("td.title a").inner_text() for row in rows(agent).all()[:2]]
    for row in rows(agent).all()[:2]:
        row.hover()
        row.get_by_role("checkbox").check()
    agent.get_by_role("link", name="Assign selected tickets").click()
    for subject in subjects:
        expect(agent.get_by_text(subject)).to_be_visible()
    field = agent.get_by_role("combobox", name="Person")
    field.press_sequentially("ravi")
    agent.get_by_role("option", name=re.compile("Ravi")).click()
    agent.get_by_role("button", name="Assign", exact=True).click()
    expect(agent.locator(".messages")).to_contain_text("2 tickets updated.")
    for subject in subjects:
        expect(rows(agent).filter(has_text=subject)).to_contain_text("Ravi Menon")


def test_select_all_tickets_in_the_listing(agent):
    agent.goto(f"{INBOX}?urgency=low")
    number = rows(agent).count()
    agent.locator("[data-bulk-action-select-all-checkbox]").first.check()
    agent.get_by_role("button", name="Select all tickets in the listing").click()
    agent.get_by_role("link", name="Set a field of selected tickets").click()
    expect(agent.get_by_text(f"This will change {number} ticket")).to_be_visible()
    agent.get_by_role("link", name="Urgency").click()
    agent.get_by_label("Urgency").select_option("Normal")
    agent.get_by_role("button", name="Set field").click()
    expect(agent.locator(".messages")).to_contain_text("updated.")
    expect(agent).to_have_url(re.compile("urgency=low"))
    expect(rows(agent)).to_have_count(0)


def test_new_tickets_are_announced_without_a_reload(agent, person, mailbox):
    customer = person()
    customer.goto("/support/new/")
    sign_in_with_code(customer, mailbox, CUSTOMER)
    customer.goto("/support/problem/")
    customer.get_by_label("Subject").fill("The valve sticks")
    customer.get_by_label("Description").fill("Since today.")
    for name in ("Severity", "Area"):
        customer.get_by_label(name).select_option(index=1)
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_text(re.compile(r"Ticket #\d+ was opened"))).to_be_visible()

    # As if returning to the tab.
    agent.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    news = agent.get_by_role("button", name="1 new")
    expect(news).to_be_visible()
    expect(rows(agent).first).not_to_contain_text("The valve sticks")
    news.click()
    expect(rows(agent).first).to_contain_text("The valve sticks")
    expect(rows(agent).first).to_contain_text("Unread")
    expect(news).to_be_hidden()
