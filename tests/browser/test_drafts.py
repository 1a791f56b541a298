"""Drafts survive a closed tab on the same device and are deleted once they're sent."""

import pytest
from playwright.sync_api import Page, expect

from .people import sign_in_with_code, wait_until

pytestmark = pytest.mark.browser

LOG = {"name": "run.log", "mimeType": "text/plain", "buffer": b"pressure 3 bar\n" * 10}
DRAFTS = "() => Object.keys(localStorage).filter(key => key.startsWith('wagtail-portal:draft'))"


@pytest.fixture
def customer(person, mailbox):
    """Return ``customer(address)``, which opens a page for a customer who has just signed in."""

    def enter(address: str, **options) -> Page:
        page = person(**options)
        # Other tests may have merged and closed the newest tickets.
        page.goto("/support/?tab=open")
        sign_in_with_code(page, mailbox, address)
        expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
        return page

    return enter


def reopened(page: Page) -> Page:
    """Close the tab and open the page in another tab of the same browser."""
    url, context = page.url, page.context
    page.close()
    tab = context.new_page()
    tab.goto(url)
    return tab


def test_draft_of_a_reply_survives_a_closed_tab(customer):
    page = customer("maren@brightwater.example")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    page.get_by_role("textbox", name="Your reply").fill("Half a sentence")
    wait_until(page, f"() => ({DRAFTS})().length === 1")
    page = reopened(page)
    reply = page.get_by_role("textbox", name="Your reply")
    expect(reply).to_have_value("Half a sentence")

    reply.fill("Half a sentence, and the other half")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your reply")).to_have_value("")
    assert page.evaluate(DRAFTS) == []
    assert page.evaluate("() => sessionStorage.length") == 0


def test_reply_that_failed_is_kept_with_its_files_until_it_is_sent(customer):
    page = customer("maren@brightwater.example")
    page.get_by_role("row").nth(2).get_by_role("link").first.click()
    ticket = page.url
    reply = page.get_by_role("textbox", name="Your reply")
    expect(page.get_by_text("Draft restored")).to_be_hidden()
    reply.fill("It failed twice")
    page.locator("#id_attachments").set_input_files(LOG)
    expect(page.locator("[name=attachments-kept]")).to_have_count(1)
    page.route("**/reply/", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Send reply").click()
    page.unroute("**/reply/")

    # Pages that show no error say nothing about the reply.
    page.goto("/support/problem/")
    page.goto("/support/")
    page.goto(ticket)
    expect(reply).to_have_value("It failed twice")
    expect(page.get_by_text("Draft restored")).to_be_visible()
    expect(page.locator("#reply-form").get_by_text("run.log")).to_be_visible()
    page.get_by_role("button", name="Remove: run.log").click()
    page.get_by_role("button", name="Discard").click()
    expect(reply).to_have_value("")
    assert page.evaluate(DRAFTS) == []

    reply.fill("It failed three times")
    page.locator("#id_attachments").set_input_files(LOG)
    wait_until(page, f"() => ({DRAFTS})().length === 1")
    expect(page.locator("[name=attachments-kept]")).to_have_count(1)
    page = reopened(page)
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    expect(page.locator("article").last.get_by_text("run.log")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your reply")).to_have_value("")
    assert page.evaluate(DRAFTS) == []


def test_reply_stays_on_the_page_while_the_browser_is_offline(customer):
    page = customer("maren@brightwater.example")
    page.get_by_role("row").nth(3).get_by_role("link").first.click()
    reply = page.get_by_role("textbox", name="Your reply")
    reply.fill("On a train")
    send = page.get_by_role("button", name="Send reply")
    page.context.set_offline(True)
    send.click()
    expect(page.get_by_role("alert")).to_have_text(
        "You’re offline. Check your connection and try again."
    )
    expect(reply).to_have_value("On a train")

    page.context.set_offline(False)
    send.click()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_signing_in_again_loses_nothing(customer, mailbox):
    page = customer("jakub@brightwater.example", is_kept_out=True)
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    reply = page.get_by_role("textbox", name="Your reply")
    reply.fill("Written before")
    page.locator("#id_attachments").set_input_files(LOG)
    expect(page.locator("[name=attachments-kept]")).to_have_count(1)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("We’ve kept what you wrote.")).to_be_visible()
    sign_in_with_code(page, mailbox, "jakub@brightwater.example")
    expect(page.get_by_text("This wasn’t sent, because you had to sign in again.")).to_be_visible()
    expect(reply).to_have_value("Written before")
    reply.fill("Written before and after")
    wait_until(page, "() => JSON.stringify(localStorage).includes('and after')")
    page.reload()
    expect(reply).to_have_value("Written before and after")
    expect(page.locator("#reply-form").get_by_text("run.log")).to_be_visible()

    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_role("heading", name="Nothing was sent yet")).to_be_visible()
    expect(page.get_by_text("Written before and after")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    expect(page.locator("article").last.get_by_text("run.log")).to_be_visible()
    expect(reply).to_have_value("")
    assert page.evaluate(DRAFTS) == []
    page.reload()
    expect(reply).to_have_value("")


def test_draft_of_a_ticket_that_was_merged_is_in_the_other_one(customer):
    page = customer("maren@brightwater.example")
    rows = page.get_by_role("row")
    urls = [rows.nth(number).get_by_role("link").first.get_attribute("href") for number in (1, 2)]
    reply = page.get_by_role("textbox", name="Your reply")
    names = []
    for url in urls:
        page.goto(url)
        names.append(page.locator("#reply-form").get_attribute("data-portal-draft"))
    page.goto(urls[0])
    reply.fill("Half a sentence")
    wait_until(page, f"() => ({DRAFTS})().length === 1")

    # What the page of the first ticket has once it was merged.
    script = page.locator("script[src*='/drafts']").get_attribute("src")
    moved = f'<p data-portal-draft-from="{names[0]}" data-portal-draft-to="{names[1]}">Merged</p>'
    html = f'<!doctype html>{moved}<script type="module" src="{script}"></script>'
    page.route("**/merged/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/merged/")
    wait_until(page, f"() => ({DRAFTS})()[0].endsWith('{names[1]}')")
    page.goto(urls[1])
    expect(reply).to_have_value("Half a sentence")
    expect(page.get_by_text("Draft restored")).to_be_visible()
    assert len(page.evaluate(DRAFTS)) == 1


def test_form_drafts_are_saved_per_step_and_deleted_on_sign_out(customer):
    page = customer("jakub@brightwater.example")
    page.goto("/support/problem/")
    page.get_by_label("Subject").fill("The pump")
    page.get_by_label("Severity").select_option(index=1)
    wait_until(page, f"() => ({DRAFTS})().length === 1")
    page = reopened(page)
    expect(page.get_by_label("Subject")).to_have_value("The pump")
    expect(page.get_by_label("Severity")).not_to_have_value("")

    # After an error, the values returned by the server win.
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Enter a description.").first).to_be_visible()
    expect(page.get_by_label("Subject")).to_have_value("The pump")
    assert len(page.evaluate(DRAFTS)) == 1

    page.locator("summary", has_text="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Email address")).to_be_visible()
    assert page.evaluate(DRAFTS) == []


def test_text_typed_before_the_script_loads_is_kept(customer):
    page = customer("dervla@brightwater.example")
    held = []
    page.route("**/js/drafts*.js", lambda route: held.append(route))
    with page.expect_request("**/js/drafts*.js"):
        page.goto("/support/problem/", wait_until="commit")
    page.get_by_label("Subject").fill("Too quick")
    held[0].continue_()
    wait_until(page, f"() => ({DRAFTS})().length === 1")
    expect(page.get_by_label("Subject")).to_have_value("Too quick")


def test_invitation_and_its_note_survive_a_closed_tab(customer):
    page = customer("maren@brightwater.example")
    page.goto("/support/members/#invite")
    page.get_by_label("Email addresses").fill("nina@brightwater.example")
    page.get_by_label("Personal note").fill("Please look at our tickets")
    wait_until(page, f"() => ({DRAFTS})().length === 1")
    page.goto("/support/members/")
    expect(page.get_by_label("Personal note")).to_have_value("Please look at our tickets")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_text("nina@brightwater.example was invited")).to_be_visible()
    assert page.evaluate(DRAFTS) == []


def test_correction_that_fails_is_kept_until_it_is_sent(customer):
    page = customer("maren@brightwater.example")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    page.get_by_role("textbox", name="Your reply").fill("With a typoo")
    page.get_by_role("button", name="Send reply").click()
    page.get_by_role("link", name="Edit").last.click()
    page.get_by_label("Message").fill("Without a typo")
    url = page.url
    # Such as the page of a proxy.
    page.route("**/edit/**", lambda route: route.fulfill(status=200, body="Bad gateway"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Bad gateway")).to_be_visible()
    page.unroute("**/edit/**")
    page.goto(url)
    expect(page.get_by_label("Message")).to_have_value("Without a typo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your message was changed.")).to_be_visible()
    assert page.evaluate(DRAFTS) == []
