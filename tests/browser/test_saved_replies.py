"""A saved reply found with the keyboard, sent, and taken back."""

import re

import pytest
from playwright.sync_api import expect

from .people import sign_in_to_admin
from .test_desk import open_for_maren

pytestmark = pytest.mark.browser

INBOX = "/admin/snippets/wagtail_portal/ticket/view/waiting-on-us/"


def test_saved_reply_is_found_by_keyboard_sent_and_undone(person):
    page = person()
    sign_in_to_admin(page, "hanna")
    page.goto(INBOX)
    page.locator("td.title a").first.click()
    page.wait_for_url(re.compile("/edit/"))
    page.keyboard.press(".")
    search = page.get_by_role("searchbox", name="Search saved replies").first
    expect(search).to_be_focused()
    page.keyboard.type("closing")
    panel = page.locator("#tab-reply .portal-replies__choices")
    expect(panel.get_by_role("radio")).to_have_count(1)
    expect(panel).to_contain_text("so we’re closing #")
    page.keyboard.press("Enter")
    text = page.get_by_role("textbox", name="Reply to the customer")
    expect(text).to_have_value(re.compile("so we’re closing #"))
    expect(text).to_be_focused()
    text.press("Control+Enter")
    sent = page.locator("[data-portal-sent]")
    expect(sent).to_contain_text("Your reply was sent.")
    # The confirmation and the message are both in view.
    expect(sent).to_be_in_viewport()
    message = page.locator("article.portal-message--team").last
    expect(message).to_be_in_viewport()
    sent.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Your reply was taken back and wasn’t sent.")).to_be_in_viewport()
    expect(text).to_have_value(re.compile("so we’re closing #"))


def test_macro_changes_the_ticket_and_undo_takes_it_back(person):
    page = person()
    sign_in_to_admin(page, "hanna")
    open_for_maren(page, "Every flow has stopped")
    page.keyboard.press(".")
    search = page.get_by_role("searchbox", name="Search saved replies").first
    expect(search).to_be_focused()
    page.keyboard.type("work has stopped")
    panel = page.locator("#tab-reply .portal-replies__choices")
    expect(panel.get_by_role("radio")).to_have_count(1)
    expect(panel).to_contain_text("Urgency: Urgent")
    page.keyboard.press("Enter")
    text = page.get_by_role("textbox", name="Reply to the customer")
    expect(text).to_have_value(re.compile("I’m looking into this right now"))
    expect(page.get_by_label("Status after reply").locator("option:checked")).to_have_text(
        "In progress"
    )
    # What the agent doesn't want isn't changed.
    changes = page.get_by_role("group", name="What changes with this message")
    expect(changes.get_by_role("checkbox", checked=True)).to_have_count(3)
    changes.get_by_label("Severity: Blocking").uncheck()
    text.press("Control+Enter")
    sent = page.locator("[data-portal-sent]")
    expect(sent).to_contain_text("Your reply was sent.")
    side = page.locator("#ticket-details")
    expect(side.get_by_label("Urgency")).to_have_value("urgent")
    expect(side.get_by_label("Severity")).to_have_value("")
    expect(page.locator(".portal-ticket__meta .portal-status")).to_have_text("In progress")
    sent.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Your reply was taken back and wasn’t sent.")).to_be_visible()
    expect(side.get_by_label("Urgency")).to_have_value("normal")
    expect(page.locator(".portal-ticket__meta .portal-status")).to_have_text("New")
    expect(text).to_have_value(re.compile("I’m looking into this right now"))
