"""Work in a ticket with and without JavaScript: details, two tabs, mark as solved, reopen."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import sign_in_with_code

pytestmark = pytest.mark.browser


def open_ticket(page: Page, mailbox, address: str, subject: str):
    """Sign in and open a ticket with the first form."""
    page.goto("/support/problem/")
    sign_in_with_code(page, mailbox, address)
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Severity").select_option("Minor")
    page.get_by_label("Product area").select_option("Flows")
    page.get_by_label("Description").fill("It stops after the second step.")
    page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(page.get_by_text(re.compile(r"Ticket #\d+ was opened"))).to_be_visible()


def change(page: Page, **values):
    """Open the details, change one and save."""
    form = page.locator(".portal-edit")
    form.locator("summary").click()
    for label, value in values.items():
        form.get_by_label(label).select_option(value)
    form.get_by_role("button", name="Save").click()


@pytest.mark.parametrize(
    ("script", "address"),
    [(True, "jakub@brightwater.example"), (False, "dervla@brightwater.example")],
    ids=["with JavaScript", "without"],
)
def test_details_are_changed_and_the_ticket_is_closed_and_reopened(
    person, mailbox, script, address
):
    page = person(java_script_enabled=script)
    open_ticket(page, mailbox, address, "The second step stops")
    details = page.locator(".portal-details__list")
    expect(details).to_contain_text("Minor")

    other_tab = page.context.new_page()
    other_tab.goto(page.url)
    change(page, Severity="Blocking")
    expect(page.get_by_text("Details saved.")).to_be_visible()
    expect(details).to_contain_text("Blocking")
    expect(page.get_by_text("Severity changed from Minor to Blocking")).to_be_visible()

    change(other_tab, Severity="Question", Urgency="High")
    expect(other_tab.get_by_text("Someone else changed this too.")).to_be_visible()
    other_tab.get_by_label("Question your value").check()
    other_tab.get_by_role("button", name="Save").click()
    expect(other_tab.get_by_text("Details saved.")).to_be_visible()
    expect(other_tab.locator(".portal-details__list")).to_contain_text("Question")
    expect(other_tab.locator(".portal-details__list")).to_contain_text("High")
    other_tab.close()

    page.get_by_role("button", name="Mark as solved").click()
    expect(page.get_by_text("You marked this as solved")).to_be_visible()
    page.locator(".portal-rating").get_by_label("Okay").check()
    page.get_by_label("What would you like us to know?").fill("It took a while.")
    page.get_by_role("button", name="Send rating").click()
    expect(page.get_by_text("Your rating: Okay.")).to_be_visible()

    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("You reopened this ticket")).to_be_visible()

    page.get_by_text("Who can see this ticket").click()
    page.get_by_role("button", name="Make private").click()
    expect(page.get_by_text("You made this ticket private")).to_be_visible()
