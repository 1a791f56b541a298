"""A two-step form: an editor builds it, and customers submit it in different ways with the same
result."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import People
from .people import (
    CUSTOMER,
    insert_block,
    new_form,
    publish,
    schedule,
    sign_in_to_admin,
    sign_in_with_code,
)

pytestmark = pytest.mark.browser

FORM = "/support/arrange-a-visit/"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LOG = {"name": "pump.log", "mimeType": "text/plain", "buffer": b"pressure 3 bar\n" * 100}
#: What the ticket shows next to the conversation.
ANSWERS = {
    "What is affected?": "Pump, Valve",
    "Did it happen before?": "Yes",
    "When was that?": "Nov. 2, 2025",
    "How many people are there?": "3",
    "Who lets us in?": "gate@brightwater.example",
    "Which pump?": "No. 4",
}


def block(page: Page, prefix: str) -> Locator:
    """Return a block of the page editor."""
    return page.locator(f"[data-streamfield-child]:has(> input[name={prefix}-type])")


class Mouse:
    """Counts what an editor clicks. Choosing from a list takes two clicks."""

    def __init__(self, page: Page):
        self.page, self.clicks = page, 0

    def click(self, target: Locator):
        target.click()
        self.clicks += 1

    def choose(self, target: Locator, option: str):
        target.select_option(option)
        self.clicks += 2


def add_question(mouse: Mouse, kind: str, label: str, *, required=False) -> str:
    """As an editor, add a question to the form. The cursor is where its label is typed."""
    prefix = insert_block(mouse.page, kind)
    mouse.clicks += 2
    field = mouse.page.locator(f"[name={prefix}-value-label]")
    expect(field).to_be_focused()
    mouse.page.keyboard.type(label)
    if required:
        mouse.click(mouse.page.locator(f"[name={prefix}-value-required]"))
    return prefix


def conditions(page: Page, prefix: str) -> Locator:
    """Return the conditions of a question."""
    return block(page, prefix).locator("[data-condition]")


def show_only_if(mouse: Mouse, prefix: str, question: str, *answers: str):
    """As an editor, add a condition to a question, without typing anything."""
    mouse.click(block(mouse.page, prefix).get_by_role("button", name="Add a condition"))
    row = conditions(mouse.page, prefix)
    mouse.choose(row.get_by_label("Question"), question)
    expect(row.get_by_label("Condition").locator("option:checked")).to_have_text("is")
    for answer in answers:
        mouse.click(row.get_by_label(answer, exact=True))


def build_visit_form(page: Page) -> int:
    """As an editor, build a form with ten types of question in two steps and two conditions.
    Returns the number of clicks until it can be published."""
    new_form(page, "Arrange a visit")
    mouse = Mouse(page)
    # "Add child page", and the title.
    mouse.clicks += 2
    affected = add_question(mouse, "Multiple choice", "What is affected?", required=True)
    for number, choice in enumerate(("Pump", "Valve", "The whole building")):
        if number:
            mouse.click(block(page, affected).locator("[data-streamfield-list-add]").last)
        page.locator(f"[name={affected}-value-choices-{number}-value-label]").fill(choice)
    # The first choice; new ones have the focus.
    mouse.clicks += 1
    add_question(mouse, "Yes or no", "Did it happen before?")
    when = add_question(mouse, "Date", "When was that?", required=True)
    show_only_if(mouse, when, "Did it happen before?", "Yes")
    field = insert_block(page, "Ticket field")
    # By keyboard, because the editor moves while it's being filled in.
    block(page, field).get_by_role("button", name="Choose ticket field").press("Enter")
    page.locator(".modal").get_by_role("link", name="Severity").click()
    expect(block(page, field).get_by_text("Severity").first).to_be_visible()
    step = insert_block(page, "Step break")
    mouse.clicks += 2 * 2 + 2
    page.locator(f"[name={step}-value]").fill("The visit")
    add_question(mouse, "Number", "How many people are there?")
    add_question(mouse, "Email address", "Who lets us in?", required=True)
    pump = add_question(mouse, "Text", "Which pump?", required=True)
    # Depends on a question of another step.
    show_only_if(mouse, pump, "What is affected?", "Pump", "The whole building")
    insert_block(page, "Attachments")
    mouse.clicks += 2
    return mouse.clicks


def title_in_pages(page: Page) -> Locator:
    """After publishing, return the link to the form in the page listing."""
    return page.get_by_role("link", name="Arrange a visit", exact=True).first


@pytest.fixture(scope="package")
def edit_url(chromium, site_url):
    """The edit URL of the published form."""
    people = People(chromium, site_url)
    editor = people.enter(viewport={"width": 1400, "height": 1000})
    sign_in_to_admin(editor, "milo")
    clicks = build_visit_form(editor)
    # Publishing takes two more.
    assert clicks + 2 <= 40, clicks
    # First schedule it for a distant day, so that no one can open it yet.
    schedule(editor, "2099-01-01 09:00")
    publish(editor, "scheduled")
    assert people.enter().request.get(FORM).status == 404
    title_in_pages(editor).click()
    editor.get_by_role("button", name="Cancel scheduled publish").click()
    schedule(editor, "")
    publish(editor)
    yield title_in_pages(editor).get_attribute("href")
    people.leave()


@pytest.fixture(scope="package")
def signed_in(chromium, site_url, mailbox):
    """The cookies of a signed-in customer."""
    people = People(chromium, site_url)
    customer = people.enter()
    customer.goto("/support/")
    sign_in_with_code(customer, mailbox, CUSTOMER)
    expect(customer.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    state = customer.context.storage_state()
    people.leave()
    return state


@pytest.fixture
def customer(person, edit_url, signed_in):
    """Return ``customer(**options)``, which opens the form's first step for a customer."""

    def enter(**options) -> Page:
        page = person(storage_state=signed_in, **options)
        page.goto(FORM)
        return page

    return enter


def fill_first_step(page: Page):
    page.get_by_label("Subject").fill("Please come")
    page.get_by_label("Description").fill("The pump **drips**.")
    page.get_by_label("Pump").check()
    page.get_by_label("Valve").check()
    page.get_by_label("Yes").check()
    page.get_by_label("When was that?").fill("2025-11-02")
    page.get_by_label("Severity").select_option("Degraded")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Step 2 of 3")).to_be_visible()
    # With scripts, the test is faster than people are.
    page.wait_for_load_state()


def fill_second_step(page: Page):
    page.get_by_label("How many people are there?").fill("3")
    page.get_by_label("Who lets us in?").fill("gate@brightwater.example")
    page.get_by_label("Which pump?").fill("No. 4")
    page.get_by_label("Attachments").set_input_files(LOG)
    page.get_by_role("button", name="Continue").click()
    send_review(page)


def send_review(page: Page):
    """Check the answers and send them."""
    expect(page.get_by_role("heading", name="Review and send", level=1)).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Send").click()


def tab_to(page: Page, target: Locator):
    """Press Tab until ``target`` has the focus."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the tab key does not reach {target}")


def send_by_keyboard(page: Page):
    """Fill in and send the whole form without a mouse."""
    keys = page.keyboard
    # The browser has to know about the dialog before the key is pressed.
    page.on("filechooser", lambda chooser: None)
    tab_to(page, page.get_by_label("Subject"))
    keys.type("Please come")
    tab_to(page, page.get_by_label("Description"))
    keys.type("The pump **drips**.")
    for choice in ("Pump", "Valve"):
        tab_to(page, page.get_by_label(choice))
        keys.press("Space")
    tab_to(page, page.get_by_label("Not answered"))
    keys.press("ArrowDown")
    # The question that has just appeared comes next and hasn't taken the focus.
    expect(page.get_by_label("Yes")).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_label("When was that?")).to_be_focused()
    keys.type("11022025")
    tab_to(page, page.get_by_label("Severity"))
    keys.type("Deg")
    tab_to(page, page.get_by_role("button", name="Continue"))
    keys.press("Enter")
    expect(page.get_by_text("Step 2 of 3")).to_be_visible()
    page.wait_for_load_state()
    tab_to(page, page.get_by_label("How many people are there?"))
    keys.type("3")
    tab_to(page, page.get_by_label("Who lets us in?"))
    keys.type("gate@brightwater.example")
    tab_to(page, page.get_by_label("Attachments"))
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files(LOG)
    keys.press("Shift+Tab")
    expect(page.get_by_label("Which pump?")).to_be_focused()
    keys.type("No. 4")
    # Enter submits with the form's first button, which mustn't be the Back button.
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Review and send", level=1)).to_be_visible()
    page.wait_for_load_state()
    tab_to(page, page.get_by_role("button", name="Send"))
    keys.press("Enter")


def expect_ticket(page: Page):
    """Check that the new ticket shows everything that was sent."""
    expect(page.get_by_text(re.compile(r"Ticket #\d+ was opened"))).to_be_visible()
    expect(page.get_by_role("heading", name="Please come", level=1)).to_be_visible()
    expect(page.locator("article strong").get_by_text("drips")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("pump.log"))).to_be_visible()
    # Including what a phone only shows after a tap.
    labels = page.locator("dt").all_text_contents()
    details = dict(zip(labels, map(str.strip, page.locator("dd").all_text_contents()), strict=True))
    assert details["Severity"] == "Degraded"
    assert {label: details.get(label) for label in ANSWERS} == ANSWERS


@pytest.mark.parametrize(
    "options",
    [{}, {"java_script_enabled": False}, PHONE],
    ids=["desktop", "without-javascript", "phone"],
)
def test_two_steps_open_the_same_ticket_on_every_device(customer, options):
    page = customer(**options)
    fill_first_step(page)
    fill_second_step(page)
    expect_ticket(page)


def test_two_steps_by_keyboard_open_the_same_ticket(customer):
    page = customer(locale="en-US")
    send_by_keyboard(page)
    expect_ticket(page)


def test_conditional_question_appears_only_when_needed(customer):
    page = customer()
    when = page.get_by_label("When was that?")
    page.get_by_label("No", exact=True).check()
    expect(when).to_be_hidden()
    page.get_by_label("Yes").check()
    expect(when).to_be_visible()
    expect(page.get_by_label("Yes")).to_be_focused()
    page.get_by_label("No", exact=True).check()
    expect(when).to_be_hidden()
    page.get_by_label("Subject").fill("It is about the valve")
    page.get_by_label("Description").fill("It drips.")
    page.get_by_label("Pump").uncheck()
    page.get_by_label("Valve").check()
    page.get_by_role("button", name="Continue").click()
    # It depends on another step, so the server has decided.
    expect(page.get_by_label("Who lets us in?")).to_be_visible()
    expect(page.get_by_label("Which pump?")).to_have_count(0)
    page.get_by_role("button", name="Back").click()
    page.get_by_label("Pump").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Which pump?")).to_be_visible()


def test_errors_get_the_focus_and_files_are_kept(customer):
    page = customer()
    fill_first_step(page)
    files = page.get_by_label("Attachments")
    held = []
    page.route("**/uploads/", lambda route: held.append(route))
    files.set_input_files([LOG, {**LOG, "name": "other.log"}])
    expect(page.get_by_role("progressbar")).to_have_count(2)
    for upload in held:
        upload.continue_()
    page.unroute("**/uploads/")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    files.set_input_files({**LOG, "name": "setup.exe"})
    refusal = page.get_by_text("“setup.exe” can’t be attached.")
    expect(refusal).to_be_visible()
    expect(page.locator("[aria-live=polite]").filter(has=refusal)).to_be_visible()

    page.get_by_label("Which pump?").fill("")
    page.get_by_label("Who lets us in?").fill("nobody")
    page.get_by_label("Who lets us in?").press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    page.wait_for_load_state()
    expect(summary.get_by_role("listitem")).to_have_count(2)
    summary.get_by_role("link", name="Which pump?").click()
    expect(page.get_by_label("Which pump?")).to_be_focused()
    expect(page.get_by_text("setup.exe")).to_have_count(0)
    page.get_by_role("button", name="Remove: other.log").click()
    expect(page.get_by_role("button", name="Remove: pump.log")).to_be_focused()

    page.get_by_label("How many people are there?").fill("3")
    page.get_by_label("Who lets us in?").fill("gate@brightwater.example")
    page.get_by_label("Which pump?").fill("No. 4")
    page.get_by_role("button", name="Continue").click()
    send_review(page)
    expect_ticket(page)
    expect(page.get_by_role("link", name=re.compile("other.log"))).to_have_count(0)


def test_blocks_are_closed_and_their_conditions_can_be_changed(person, edit_url):
    page = person(viewport={"width": 1400, "height": 1000})
    sign_in_to_admin(page, "milo")
    page.goto(edit_url)
    titles = page.locator("[data-contentpath=questions] [data-panel-heading-text]")
    title = titles.filter(has_text="When was that?")
    expect(title).to_have_text("When was that? · shown if “Did it happen before?” is Yes")
    expect(titles.filter(has_text="Severity")).to_be_visible()
    heading = page.locator("[data-panel-heading-text]", has_text="When was that?")
    own = page.locator("[data-streamfield-child]").filter(has=heading)
    rows = own.locator("[data-condition]")
    expect(rows).to_be_hidden()
    # By keyboard, because the editor moves while it's being filled in.
    own.locator("[data-panel-toggle]").first.press("Enter")
    question = rows.get_by_label("Question")
    # The question itself and later ones can't be chosen.
    expect(question.locator("option")).to_have_text(
        ["Subject", "Description", "What is affected?", "Did it happen before?"]
    )
    own.get_by_role("button", name="Add another condition").press("Enter")
    second = rows.nth(1)
    second.get_by_label("Question").select_option("What is affected?")
    second.get_by_label("Condition").select_option("isn’t")
    second.get_by_label("Valve").press("Space")
    own.get_by_label("Show this question if").select_option("at least one condition applies")
    own.locator("[data-panel-toggle]").first.press("Enter")
    expect(title).to_contain_text("is Yes or 1 more")
    # The choices of a ticket field are loaded.
    heading = page.locator("[data-panel-heading-text]", has_text="Which pump?")
    pump = page.locator("[data-streamfield-child]").filter(has=heading)
    pump.locator("[data-panel-toggle]").first.press("Enter")
    pump.get_by_role("button", name="Add another condition").press("Enter")
    field = pump.locator("[data-condition]").nth(1)
    field.get_by_label("Question").select_option("Severity")
    field.get_by_label("Blocking").press("Space")
    expect(field.get_by_label("Condition").locator("option:checked")).to_have_text("is")
    # Only keys are stored, whatever the choices are called.
    assert "Valve" not in own.locator("input[name$=show_if]").input_value()


def test_preview_shows_all_steps_and_conditions(person, edit_url):
    page = person(viewport={"width": 1400, "height": 1000})
    sign_in_to_admin(page, "milo")
    page.goto(edit_url)
    page.get_by_role("button", name="Toggle preview").click()
    preview = page.frame_locator("#w-preview-iframe")
    expect(preview.get_by_role("heading", name="The visit")).to_be_visible()
    expect(preview.get_by_label("When was that?")).to_be_hidden()


def test_file_that_a_proxy_finds_too_large_is_not_sent_again(customer):
    page = customer()
    fill_first_step(page)
    html = "<h1>413 Request Entity Too Large</h1>"
    page.route(
        "**/uploads/", lambda route: route.fulfill(status=413, content_type="text/html", body=html)
    )
    files = page.get_by_label("Attachments")
    files.set_input_files(LOG)
    expect(page.get_by_text("pump.log: That’s too large to send")).to_be_visible()
    assert files.evaluate("input => input.files.length") == 0
