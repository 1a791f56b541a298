"""Agents at work: replying, internal notes, merging, and two agents at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import sign_in_to_admin

pytestmark = pytest.mark.browser

TICKETS = "/admin/snippets/wagtail_portal/ticket/"


def enter(person, username: str, **options) -> Page:
    """Return the page of a signed-in agent."""
    page = person(**options)
    sign_in_to_admin(page, username)
    return page


def choose_customer(page: Page, typed: str, name: str):
    """Find the customer of a new ticket by typing; the form is loaded for them."""
    page.get_by_role("combobox", name="Customer").press_sequentially(typed)
    page.get_by_role("option", name=name).click()
    expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    expect(page.get_by_role("combobox", name="Customer")).to_have_value("")
    page.wait_for_load_state()


def open_for_maren(page: Page, subject: str) -> str:
    """Open a ticket on behalf of a customer and return its URL."""
    page.goto(f"{TICKETS}open/")
    choose_customer(page, "maren bright", "Maren Tolk")
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Message").fill("As we said on the telephone.")
    page.get_by_role("button", name="Open ticket").click()
    expect(page.get_by_role("heading", name=subject, level=2)).to_be_visible()
    # Until then, no script listens for shortcuts.
    page.wait_for_load_state()
    return page.url.partition("#")[0]


def test_agent_replies_adds_a_note_and_merges(person):
    hanna = enter(person, "hanna")
    first = open_for_maren(hanna, "The mixer is too loud")
    open_for_maren(hanna, "The mixer is still too loud")
    number = re.search(r"#(\d+)", hanna.title())[1]

    # Reach the reply by keyboard; a saved reply is inserted as if it had been typed.
    hanna.keyboard.press("r")
    reply = hanna.get_by_role("textbox", name="Reply to the customer")
    expect(reply).to_be_focused()
    hanna.locator("#tab-reply").get_by_text("Saved replies", exact=True).click()
    hanna.get_by_role("radio", name="Ask for a log file").check()
    hanna.get_by_role("button", name="Insert").click()
    expect(reply).to_have_value(re.compile(rf"Hello Maren,[\s\S]*#{number}[\s\S]*Hanna"))
    # Closing the tab loses nothing.
    expect_draft(hanna, "reply")
    hanna.reload()
    expect(reply).to_have_value(re.compile("Hello Maren,"))
    hanna.locator(".portal-composer__form--reply [type=file]").set_input_files(
        {"name": "mixer.txt", "mimeType": "text/plain", "buffer": b"40 dB"}
    )
    expect(
        hanna.locator(".portal-composer__form--reply [name=reply-attachments-kept]")
    ).to_have_count(1)
    hanna.get_by_label("Status after reply").select_option("On hold")
    reply.press("Control+Enter")
    message = hanna.locator(".portal-message--team").last
    expect(message).to_contain_text("Hello Maren,")
    expect(message.get_by_role("link", name="mixer.txt")).to_be_visible()
    expect(hanna.locator(".portal-ticket__meta .portal-status")).to_have_text("On hold")
    expect(reply).to_have_value("")
    assert not saved_drafts(hanna)

    # A note can't be mistaken for a reply, and mentions a colleague.
    hanna.locator("body").press("i")
    note = hanna.get_by_role("textbox", name="Internal note")
    expect(note).to_be_focused()
    expect(hanna.get_by_role("button", name="Send reply")).not_to_be_visible()
    note.press_sequentially("Ask @pet")
    expect(hanna.get_by_role("listbox").get_by_text("Petra Koval")).to_be_visible()
    note.press("Enter")
    expect(note).to_have_value("Ask @Petra Koval ")
    note.press_sequentially("about *this*.")
    hanna.locator(".portal-composer__form--note").get_by_role("button", name="Preview").click()
    expect(hanna.locator(".portal-composer__form--note [data-portal-preview] em")).to_have_text(
        "this"
    )
    hanna.get_by_role("button", name="Add internal note").click()
    expect(hanna.locator(".portal-message--note").last).to_contain_text(
        "Ask @Petra Koval about this."
    )

    # Both tickets are about the same problem.
    hanna.goto(f"{first}merge/")
    hanna.get_by_label("Number or words from the ticket to keep").fill(number)
    hanna.get_by_role("button", name="Search").click()
    hanna.get_by_role("link", name="The mixer is still too loud").click()
    expect(hanna.get_by_text("will be closed and locked")).to_be_visible()
    hanna.get_by_role("button", name="Merge").click()
    expect(hanna.get_by_text("was merged into this ticket").first).to_be_visible()
    hanna.goto(first)
    expect(hanna.get_by_text("This ticket was merged and is locked")).to_be_visible()
    expect(hanna.get_by_role("textbox", name="Reply to the customer")).to_have_count(0)


def expect_draft(page: Page, kind: str) -> None:
    """Wait until the text is saved on the device."""
    page.wait_for_function(
        "kind => Object.keys(localStorage).some("
        "key => key.startsWith('wagtail-portal:draft:') && key.endsWith(kind))",
        arg=kind,
    )


def saved_drafts(page: Page) -> list[str]:
    """Return the keys of the drafts saved on the device."""
    return page.evaluate(
        "Object.keys(localStorage).filter(key => key.startsWith('wagtail-portal:draft:'))"
    )


def test_notes_about_a_customer_are_kept_until_they_are_saved(person):
    hanna = enter(person, "hanna")
    hanna.goto("/admin/snippets/wagtail_portal/organization/")
    hanna.get_by_role("link", name="Brightwater Foods", exact=True).first.click()
    hanna.get_by_text(re.compile("(Add|Change) notes")).click()
    notes = hanna.locator("[name=notes-notes]")
    notes.fill("Prefers phone")
    expect_draft(hanna, hanna.url.rstrip("/").rpartition("/")[2])
    # The session ends, and saving leads to the sign-in.
    page = hanna.url
    hanna.context.clear_cookies(name="sessionid")
    hanna.get_by_role("button", name="Save notes").click()
    hanna.wait_for_url("**/login/**")
    sign_in_to_admin(hanna, "hanna")
    hanna.goto(page)
    expect(notes).to_be_visible()
    expect(notes).to_have_value("Prefers phone")
    hanna.get_by_role("button", name="Save notes").click()
    expect(hanna.locator(".portal-customer__notes")).to_have_text("Prefers phone")
    assert not saved_drafts(hanna)


def test_signing_out_deletes_drafts(person):
    hanna = enter(person, "hanna")
    open_for_maren(hanna, "Typed on somebody else's computer")
    hanna.get_by_role("textbox", name="Reply to the customer").fill("Not yet sent")
    expect_draft(hanna, "reply")
    # Works from any page of the admin.
    hanna.goto("/admin/")
    hanna.get_by_role("button", name=re.compile("Hanna")).click()
    hanna.get_by_role("button", name="Log out").click()
    hanna.wait_for_url("**/login/**")
    assert not saved_drafts(hanna)


def test_two_agents_in_the_same_ticket(person):
    hanna, petra = enter(person, "hanna"), enter(person, "petra")
    url = open_for_maren(hanna, "Two of us at once")
    petra.goto(url)
    text = petra.get_by_role("textbox", name="Reply to the customer")
    # Hanna sees who else is viewing the ticket, at the top and at the composer, and replies anyway.
    present = hanna.locator(".portal-presence")
    for place in (present.first, hanna.locator(".portal-composer .portal-presence")):
        expect(place).to_contain_text("Petra Koval is viewing")
    text.fill("What Petra says.")
    expect(present.first).to_contain_text("Petra Koval is writing")
    hanna.get_by_role("textbox", name="Reply to the customer").fill("What Hanna says.")
    hanna.get_by_role("button", name="Send reply").click()
    expect(hanna.locator(".portal-message--team").last).to_contain_text("What Hanna says.")
    # Petra hasn't read Hanna's reply, so hers is held back and Hanna's is shown.
    petra.get_by_role("button", name="Send reply").click()
    newer = petra.locator(".portal-newer-replies")
    expect(newer).to_contain_text("Your reply hasn’t been sent yet")
    expect(newer).to_contain_text("What Hanna says.")
    expect(text).to_have_value("What Petra says.")
    petra.get_by_role("button", name="Send anyway").click()
    expect(petra.locator(".portal-message--team").last).to_contain_text("What Petra says.")
    # Petra's reply appears for Hanna without a reload.
    expect(hanna.locator(".portal-message--team").last).to_contain_text(
        "What Petra says.", timeout=60_000
    )


def test_agent_can_work_without_javascript(person):
    hanna = enter(person, "hanna")
    url = open_for_maren(hanna, "No script at all")
    plain = person(java_script_enabled=False, storage_state=hanna.context.storage_state())
    plain.goto(url)
    note = plain.get_by_role("textbox", name="Internal note")
    note.fill("Written without a script.")
    form = plain.locator(".portal-composer__form--note")
    form.get_by_text("Saved replies", exact=True).click()
    form.get_by_role("radio", name="Closing: no answer").check()
    form.get_by_role("button", name="Insert").click()
    expect(note).to_have_value(re.compile("Written without a script.\n\nHello Maren,"))
    plain.get_by_role("button", name="Add internal note").click()
    expect(plain.locator(".portal-message--note").last).to_contain_text("Hello Maren,")


def test_new_ticket_with_a_saved_reply_and_a_file(person):
    hanna = enter(person, "hanna")
    hanna.goto(f"{TICKETS}open/")
    text = hanna.get_by_role("textbox", name="Message")
    text.fill("You called. ")
    hanna.locator("[name=attachments]").set_input_files(
        {"name": "call.txt", "mimeType": "text/plain", "buffer": b"3 minutes"}
    )
    expect(hanna.locator("[name=attachments-kept]")).to_have_count(1)
    # Choosing the customer now loses neither.
    choose_customer(hanna, "ilse bright", "Ilse")
    expect(text).to_have_value("You called. ")
    expect(hanna.locator("[name=attachments-kept]")).to_have_count(1)
    text.press("Control+End")
    hanna.locator(".portal-replies summary").click()
    hanna.get_by_role("searchbox", name="Search saved replies").press_sequentially("log file")
    expect(hanna.locator(".portal-replies__choices").get_by_role("radio")).to_have_count(1)
    hanna.keyboard.press("Enter")
    expect(text).to_have_value(re.compile(r"You called. Hello Ilse,[\s\S]*\{ticket.number\}"))
    hanna.get_by_role("button", name="Preview").click()
    expect(hanna.get_by_role("region", name="Preview")).to_contain_text("You called. Hello Ilse,")
    hanna.get_by_role("button", name="Continue writing").click()
    hanna.get_by_label("Subject").fill("The call from this morning")
    text.press("Control+Enter")
    message = hanna.locator(".portal-message--team").last
    expect(message).to_contain_text(re.compile(r"Hello Ilse,[\s\S]*#\d+"))
    expect(message.get_by_role("link", name="call.txt")).to_be_visible()
    assert not saved_drafts(hanna)

    # A follow-up to it, by Enter in a field.
    hanna.get_by_role("button", name="Actions").click()
    hanna.get_by_role("link", name="Open a follow-up ticket").click()
    expect(hanna.get_by_label("Subject")).to_have_value("The call from this morning")
    hanna.get_by_label("Subject").fill("The call from this evening")
    hanna.get_by_label("Subject").press("Enter")
    expect(hanna.get_by_role("link", name=re.compile("Follow-up to #"))).to_be_visible()


def test_new_ticket_without_javascript(person):
    hanna = enter(person, "hanna")
    plain = person(java_script_enabled=False, storage_state=hanna.context.storage_state())
    plain.goto(f"{TICKETS}open/")
    plain.get_by_role("textbox", name="Message").fill("Written without a script.")
    plain.get_by_role("combobox", name="Customer").fill("brightwater")
    plain.get_by_role("button", name="Search").first.click()
    plain.get_by_role("checkbox", name="Maren Tolk").check()
    expect(plain.get_by_role("textbox", name="Message")).to_have_value("Written without a script.")
    plain.get_by_label("Subject").fill("No script")
    plain.get_by_role("button", name="Open ticket").click()
    expect(plain.locator(".portal-message--team")).to_contain_text("Written without a script.")


def test_note_about_a_merge_mentions_a_colleague(person):
    hanna = enter(person, "hanna")
    first = open_for_maren(hanna, "The fan is too loud")
    open_for_maren(hanna, "The fan is still too loud")
    number = re.search(r"#(\d+)", hanna.title())[1]
    hanna.goto(f"{first}merge/?q={number}")
    hanna.get_by_role("link", name="The fan is still too loud").click()
    hanna.get_by_text("Add an internal note").click()
    note = hanna.get_by_role("textbox", name="Internal note")
    # An address isn't a mention, and a domain isn't a name.
    note.press_sequentially("Write to maren@pet")
    expect(hanna.get_by_role("listbox")).to_be_hidden()
    note.fill("")
    note.press_sequentially("See @pet")
    expect(hanna.get_by_role("option")).to_have_text(["Petra Koval"])
    note.press("Enter")
    hanna.get_by_role("button", name="Merge").click()
    expect(hanna.locator(".portal-message--note").last).to_contain_text("See @Petra Koval")
