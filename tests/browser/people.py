"""Steps that people take in a browser, shared by all tests."""

import re

from playwright.sync_api import Page, expect

from tests.mailbox import CODE, text_of

CUSTOMER = "ilse@brightwater.example"
PASSWORD = "millrace"


def sign_in_with_code(page: Page, mailbox, address: str):
    """Request a sign-in code and enter the one from the email."""
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    code = CODE.search(text_of(mailbox.take(address, "Your sign-in code"))).group()
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Sign in").click()


def confirm_with_code(page: Page, mailbox, address: str):
    """Confirm the person's identity with a code where allauth asks for it (since version 65.22)."""
    if "reauthenticate" in page.url:
        page.get_by_role("button", name="Send code").click()
        message = mailbox.take(address, "Your verification code")
        page.get_by_label("Verification code").fill(CODE.search(text_of(message)).group())
        page.get_by_role("button", name="Continue").click()


def sign_in_to_admin(page: Page, username: str):
    """Sign in to the Wagtail admin with a password."""
    page.goto("/admin/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/admin/")


def wait_until(page: Page, condition: str):
    """Wait until a JavaScript function without arguments returns true.

    Unlike Playwright's ``wait_for_function``, it works where a policy forbids ``eval``.
    """
    page.evaluate(
        f"""async () => {{
            for (let tries = 0; !({condition})(); tries++) {{
                if (tries > 1000) throw new Error("It did not become true.");
                await new Promise((again) => setTimeout(again, 50));
            }}
        }}"""
    )


def new_form(page: Page, title: str):
    """As an editor, start a form page under the portal; it has a subject and a description."""
    page.goto("/admin/pages/")
    for name in ("Millrace", "Support"):
        edit = page.locator("td.title .title-wrapper a", has_text=name).get_attribute("href")
        page.goto(edit.removesuffix("edit/"))
    page.get_by_role("link", name="Add child page").first.click()
    page.locator("input[name=title]").fill(title)
    page.locator("input[name=title]").blur()
    # The editor derives the slug from the title.
    expect(page.locator("input[name=slug]")).not_to_have_value("")


def insert_block(page: Page, name: str) -> str:
    """Insert a block at the end of the form and return the prefix of its input names."""
    number = page.locator("input[name=questions-count]").input_value()
    questions = page.locator("[data-contentpath=questions]")
    questions.get_by_role("button", name="Insert a block").last.click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(page.locator(f"input[name=questions-{number}-type]")).to_be_attached()
    return f"questions-{number}"


def publish(page: Page, said: str = "published"):
    """Publish the page that's being edited and wait for Wagtail's confirmation."""
    page.wait_for_load_state()
    page.get_by_role("button", name="More actions").click()
    with page.expect_event("load"):
        page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messages")).to_contain_text(said)


def schedule(page: Page, moment: str):
    """Set when the page that's being edited goes live once it's published; "" means immediately."""
    field = page.locator("[name=go_live_at]")
    button = page.get_by_role("button", name=re.compile("(Set|Edit) schedule"))
    # Wait, because the editor reopens the panel by itself if it was open before.
    page.wait_for_load_state()
    if not button.is_visible():
        page.get_by_role("button", name="Toggle status").click()
    button.click()
    field.fill(moment)
    # Closes the calendar below the field.
    field.press("Tab")
    with page.expect_event("load"):
        page.get_by_role("button", name="Save schedule").press("Enter")
    # “Once scheduled: Go-live: Jan. 1, 2099, 9 a.m.” is shown until the page is published.
    expect(page.get_by_text("Once scheduled")).to_have_count(1 if moment else 0)
