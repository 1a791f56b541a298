"""Agents who triage: snoozing, bulk changes with undo, and the search by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import sign_in_to_admin
from .test_desk import open_for_maren

pytestmark = pytest.mark.browser

INBOX = "/admin/snippets/wagtail_portal/ticket/"


@pytest.fixture
def agent(person):
    """Return ``agent(name)``, which opens a page for an agent."""

    def enter(name: str) -> Page:
        page = person()
        sign_in_to_admin(page, name)
        return page

    return enter


def rows(page: Page):
    return page.locator("#listing-results tbody tr")


def test_ticket_is_snoozed_by_keyboard_and_comes_back(agent):
    hanna, petra = agent("hanna"), agent("petra")
    url = open_for_maren(hanna, "Ask again in spring")
    petra.goto(url)
    hanna.locator("body").press("z")
    expect(hanna.locator(".portal-side input:checked")).to_be_focused()
    hanna.get_by_label("The customer replies").check()
    hanna.locator(".portal-side form").get_by_role("button", name="Snooze").click()
    until = "Snoozed until the customer replies"
    expect(hanna.locator(".portal-side")).to_contain_text(until)
    # A colleague who has the ticket open learns of it.
    expect(petra.locator(".portal-conversation")).to_contain_text(until, timeout=60_000)
    # The badge leaves space for the subject, also next to many columns.
    petra.goto(INBOX)
    cell = rows(petra).filter(has_text="Ask again in spring").locator("td.title")
    badge = cell.locator(".portal-snoozed").bounding_box()
    assert badge["width"] <= cell.bounding_box()["width"] / 2
    petra.goto(f"{INBOX}view/snoozed/")
    row = rows(petra).filter(has_text="Ask again in spring")
    expect(row).to_contain_text(until)
    row.get_by_role("link", name="Ask again in spring").click()
    petra.get_by_role("button", name="Bring it back now").click()
    expect(petra.locator(".portal-side")).not_to_contain_text(until)
    petra.goto(f"{INBOX}view/snoozed/")
    expect(rows(petra).filter(has_text="Ask again in spring")).to_have_count(0)


def test_bulk_change_with_a_reply_is_undone(agent):
    hanna, petra = agent("hanna"), agent("petra")
    urls = [open_for_maren(hanna, f"Certificate {number} expires") for number in (1, 2)]
    hanna.goto(f"{INBOX}?q=certificate+expires")
    expect(rows(hanna)).to_have_count(2)
    for row in rows(hanna).all():
        row.hover()
        row.get_by_role("checkbox").check()
    hanna.get_by_role("link", name="Make several changes to the selected tickets").click()
    hanna.get_by_label("Status").select_option("On hold")
    hanna.get_by_label("Urgency").select_option("Urgent")
    hanna.get_by_label("Reply to the customers").check()
    hanna.get_by_label("Text").fill("Hello {requester.first_name}, we renew it.")
    hanna.get_by_role("button", name="Edit").click()
    expect(hanna.locator(".messages")).to_contain_text("2 tickets updated.")
    for row in rows(hanna).all():
        expect(row).to_contain_text("On hold")
        expect(row).to_contain_text("Urgent")
    # A colleague changes one of the tickets in the meantime, which stays.
    petra.goto(urls[0])
    expect(petra.locator(".portal-message--team").last).to_contain_text("Hello Maren, we renew it.")
    petra.get_by_label("Urgency").select_option("Low")
    expect(petra.locator("[data-portal-saved]")).to_contain_text("Ticket fields saved.")

    undo = hanna.get_by_role("button", name="Undo")
    progress = undo.locator("xpath=ancestor::form").get_attribute("action").removesuffix("undo/")
    undo.click()
    expect(hanna.locator(".messages")).to_contain_text("Undone for")
    for url, urgency in zip(urls, ("low", "normal"), strict=True):
        hanna.goto(url)
        expect(hanna.get_by_label("Urgency")).to_have_value(urgency)
        expect(hanna.locator(".portal-message--team").last).not_to_contain_text("we renew it")
        expect(hanna.locator(".portal-ticket__meta .portal-status")).to_have_text("New")

    # A page that shows the progress doesn't keep asking after the session has ended.
    hanna.goto(progress)
    hanna.context.clear_cookies()
    hanna.locator("portal-progress").evaluate(
        "(element) => { delete element.dataset.finished; element.connectedCallback(); }"
    )
    hanna.wait_for_url("**/admin/login/**")


def test_slash_goes_to_the_search_and_nowhere_while_writing(agent):
    hanna = agent("hanna")
    hanna.goto(INBOX)
    expect(rows(hanna).first).to_be_visible()
    field = hanna.get_by_role("combobox", name="Search")
    hanna.locator("body").press("/")
    expect(field).to_be_focused()
    hanna.keyboard.type("a/b")
    expect(field).to_have_value("a/b")
    hanna.goto(INBOX)
    hanna.locator("body").press("j")
    hanna.keyboard.press("Enter")
    hanna.wait_for_url(re.compile("/edit/"))
    hanna.locator("body").press("i")
    note = hanna.get_by_role("textbox", name="Internal note")
    expect(note).to_be_focused()
    hanna.keyboard.type("/ risa.")
    expect(note).to_have_value("/ risa.")
