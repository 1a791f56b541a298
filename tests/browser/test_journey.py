"""The main journey: an editor builds a form, a customer opens a ticket, an agent replies, and the
conversation continues."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import (
    CUSTOMER,
    insert_block,
    new_form,
    publish,
    sign_in_to_admin,
    sign_in_with_code,
    text_of,
)

pytestmark = pytest.mark.browser


def build_form(page: Page, title: str):
    """As an editor, publish a form page with blocks under the portal."""
    new_form(page, title)
    insert_block(page, "Urgency")
    publish(page)


def test_journey_from_form_to_second_reply(person, mailbox, site_url):
    editor = person()
    sign_in_to_admin(editor, "milo")
    build_form(editor, "Report a leak")

    customer = person()
    customer.goto("/support/")
    sign_in_with_code(customer, mailbox, CUSTOMER)
    expect(customer.get_by_role("heading", name="Tickets", level=1)).to_be_visible()

    customer.get_by_role("link", name="New ticket").first.click()
    customer.get_by_role("link", name="Report a leak").click()
    customer.get_by_label("Subject").fill("The pump drips")
    customer.get_by_label("Description").fill("It **drips** since Monday.")
    customer.get_by_label("Urgency").select_option("High")
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_text(re.compile(r"Ticket #\d+ was opened"))).to_be_visible()
    number = re.search(r"/tickets/(\d+)/", customer.url).group(1)
    confirmation = text_of(mailbox.take(CUSTOMER, "The pump drips"))
    assert f"{site_url}/support/tickets/{number}/" in confirmation

    customer.goto("/support/")
    first = customer.get_by_role("row").nth(1)
    expect(first).to_contain_text(f"#{number}")
    expect(first).to_contain_text("The pump drips")

    agent = person()
    sign_in_to_admin(agent, "hanna")
    agent.get_by_role("button", name="Support").click()
    agent.get_by_role("link", name="Tickets", exact=True).click()
    agent.get_by_role("link", name="The pump drips").click()
    expect(agent.get_by_text("drips since Monday")).to_be_visible()
    agent.get_by_role("tab", name="Internal note").click()
    note = agent.get_by_role("tabpanel", name="Internal note")
    note.get_by_role("textbox").fill("Always the same pump.")
    note.get_by_role("button", name="Add internal note").click()
    expect(agent.get_by_text("Always the same pump.")).to_be_visible()
    reply = agent.get_by_role("tabpanel", name="Reply to the customer")
    agent.get_by_role("tab", name="Reply to the customer").click()
    reply.get_by_role("textbox").fill("Please tighten the **blue** screw.")
    reply.get_by_role("button", name="Send reply").click()
    expect(agent.get_by_text("Please tighten the blue screw.")).to_be_visible()

    answer = text_of(mailbox.take(CUSTOMER, "The pump drips"))
    assert "blue" in answer
    assert "Always the same pump" not in answer
    customer.goto(re.search(rf"{site_url}/support/tickets/\d+/\S*", answer).group())
    expect(customer.get_by_text("Please tighten the blue screw.")).to_be_visible()
    expect(customer.get_by_text("Always the same pump.")).to_have_count(0)
    expect(customer.get_by_text("Waiting on you").first).to_be_visible()
    customer.get_by_role("textbox", name="Your reply").fill("That was it, thank you!")
    customer.get_by_role("button", name="Send reply").click()
    expect(customer.get_by_text("That was it, thank you!")).to_be_visible()

    agent.reload()
    expect(agent.get_by_text("That was it, thank you!")).to_be_visible()


def test_customer_journey_without_javascript(person, mailbox):
    customer = person(java_script_enabled=False)
    customer.goto("/support/new/")
    sign_in_with_code(customer, mailbox, "maren@brightwater.example")
    expect(customer.get_by_role("heading", level=1)).to_be_visible()
    customer.get_by_role("main").get_by_role("link", name="Report a problem").click()
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_text("Enter a subject.").first).to_be_visible()
    customer.get_by_label("Subject").fill("No script here")
    customer.get_by_label("Description").fill("And yet it works.")
    for select in customer.locator("main select").all():
        select.select_option(index=1)
    customer.get_by_label("Attachments").set_input_files(
        {"name": "run.log", "mimeType": "text/plain", "buffer": b"line 1"}
    )
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_text("And yet it works.")).to_be_visible()
    expect(customer.get_by_role("link", name=re.compile("run.log"))).to_be_visible()
