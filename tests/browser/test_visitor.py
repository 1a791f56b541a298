"""A visitor submits a form for anyone, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from .people import CODE, CUSTOMER, sign_in_to_admin, text_of

pytestmark = pytest.mark.browser

LOG = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"line 1"}


def send(page, address):
    """Fill in and send the form, first without an email address."""
    page.goto("/support/contact/")
    page.get_by_label("What is it about?").fill("A visit")
    page.get_by_label("Your question").fill("When may we come?")
    page.get_by_label("Attachments").set_input_files(LOG)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Enter an email address.").first).to_be_visible()
    expect(page.get_by_text("plan.txt").first).to_be_visible()
    page.get_by_label("Your email address").fill(address)
    page.get_by_role("button", name="Send").click()


def confirm(page, mailbox, address):
    """Enter a wrong code, then the one from the email."""
    code = page.get_by_label("Code", exact=True)
    code.fill("BBBB-BBBB")
    page.get_by_role("button", name="Verify and send").click()
    expect(page.get_by_text("That code isn’t correct.")).to_be_visible()
    mail = text_of(mailbox.take(address, "Your verification code"))
    assert "When may we come?" not in mail
    code.fill(CODE.search(mail).group())
    page.get_by_role("button", name="Verify and send").click()


@pytest.mark.parametrize("script", [True, False])
def test_visitor_submits_a_form_and_gets_a_reply_by_email(person, mailbox, script):
    address = f"kim.{script}@nowhere.example".lower()
    visitor = person(java_script_enabled=script)
    send(visitor, address)
    confirm(visitor, mailbox, address)
    number = visitor.get_by_text("Your ticket number is")
    expect(number).to_contain_text(re.compile(r"#\d+"))
    assert "When may we come?" in text_of(mailbox.take(address, "A visit"))

    agent = person()
    sign_in_to_admin(agent, "hanna")
    agent.goto(
        "/admin/snippets/wagtail_portal/ticket/?q=" + re.search(r"\d+", number.inner_text())[0]
    )
    agent.get_by_role("link", name="A visit").click()
    expect(agent.get_by_text("Email address verified with a code").first).to_be_visible()


def test_customer_lands_on_the_ticket(person, mailbox):
    visitor = person()
    send(visitor, CUSTOMER)
    confirm(visitor, mailbox, CUSTOMER)
    expect(visitor.get_by_text(re.compile(r"Ticket #\d+ was opened"))).to_be_visible()
    expect(visitor.get_by_role("link", name=re.compile("plan.txt")).first).to_be_visible()


def test_errors_disappear_once_corrected(person):
    page = person()
    page.goto("/support/contact/")
    page.get_by_role("button", name="Send").click()
    summary = page.locator("[data-portal-error-summary]")
    errors = page.locator("form .portal-error")
    expect(summary.get_by_role("listitem")).to_have_count(3)
    expect(errors).to_have_count(3)
    address = page.get_by_label("Your email address")
    expect(address).to_have_attribute("aria-invalid", "true")
    # What the browser doesn't accept corrects nothing.
    address.fill("kim")
    expect(errors).to_have_count(3)
    address.fill("kim@nowhere.example")
    expect(errors).to_have_count(2)
    expect(summary.get_by_role("listitem")).to_have_count(2)
    expect(address).not_to_have_attribute("aria-invalid", "true")
    page.get_by_label("What is it about?").fill("A visit")
    page.get_by_label("Your question").fill("When may we come?")
    expect(errors).to_have_count(0)
    expect(summary).to_have_count(0)
