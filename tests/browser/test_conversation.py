"""Replying with a preview, replies that cross, and replies that appear without a reload."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import sign_in_to_admin, sign_in_with_code

pytestmark = pytest.mark.browser

PASTE = """area => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const bytes = Uint8Array.from(atob(canvas.toDataURL().split(",")[1]), c => c.charCodeAt(0));
    const clipboardData = new DataTransfer();
    const type = "image/png", huge = new Uint8Array(30 * 2 ** 20);
    clipboardData.items.add(new File([bytes], "image.png", { type }));
    clipboardData.items.add(new File([huge], "huge.png", { type }));
    const options = { clipboardData, bubbles: true, cancelable: true };
    area.dispatchEvent(new ClipboardEvent("paste", options));
}"""


@pytest.fixture
def customer(person, mailbox):
    """Return ``customer(address, **options)``, which opens a page with a new ticket."""

    def enter(address: str, subject: str, **options) -> Page:
        page = person(**options)
        page.goto("/support/problem/")
        sign_in_with_code(page, mailbox, address)
        page.get_by_label("Subject").fill(subject)
        page.get_by_label("Description").fill("It stops.")
        for select in page.locator("main select").all():
            select.select_option(index=1)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name=subject)).to_be_visible()
        return page

    return enter


@pytest.fixture
def answer(person):
    """Return ``answer(subject, text)``, which replies to the ticket as an agent in the admin."""

    def reply(subject: str, text: str):
        agent = person()
        sign_in_to_admin(agent, "hanna")
        agent.goto("/admin/snippets/wagtail_portal/ticket/")
        agent.get_by_role("link", name=subject).click()
        panel = agent.get_by_role("tabpanel", name="Reply to the customer")
        panel.get_by_role("textbox").fill(text)
        panel.get_by_role("button", name="Send reply").click()
        expect(agent.get_by_text(text)).to_be_visible()

    return reply


def test_pasted_code_can_be_put_into_a_code_block(customer):
    page = customer("maren@brightwater.example", "Pasted code")
    text = page.get_by_role("textbox", name="Your reply")
    code = "def run():\n    return 1"
    # The script that offers it has been loaded.
    expect(page.get_by_role("toolbar")).to_be_visible()
    text.fill(code)
    offer = page.get_by_role("button", name="Format as code")
    expect(offer).to_be_hidden()
    for key in "axv":
        text.press(f"Control+{key}")
    offer.click()
    expect(text).to_have_value(f"```\n{code}\n```\n")
    expect(offer).to_be_hidden()


def test_reply_with_preview_and_pasted_image(customer):
    page = customer("maren@brightwater.example", "A pasted picture")
    text = page.get_by_role("textbox", name="Your reply")
    text.fill("So it looks")
    text.evaluate("area => area.setSelectionRange(3, 5)")
    page.get_by_role("toolbar").get_by_role("button", name="Bold").click()
    expect(text).to_have_value("So **it** looks")
    text.press("Control+z")
    expect(text).to_have_value("So it looks")
    text.press("Control+a")
    text.press("Control+b")

    text.evaluate(PASTE)
    expect(page.get_by_text("“huge.png” is too large")).to_be_visible()
    expect(page.locator("input[name=attachments-kept]")).to_have_count(1)

    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.locator("strong")).to_have_text("So it looks")
    expect(text).to_be_hidden()
    page.get_by_role("button", name="Continue writing").click()
    expect(text).to_be_focused()

    # Sending twice in a row sends once.
    page.get_by_role("button", name="Send reply").dblclick()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    letter = page.get_by_role("article").last
    expect(letter.locator("strong")).to_have_text("So it looks")
    expect(page.get_by_role("article")).to_have_count(2)
    # The thumbnail is made after the response.
    for _attempt in range(50):
        if letter.locator("[data-portal-picture]").count():
            break
        page.reload()
    letter.get_by_role("link", name="image.png").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name="image.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(letter.get_by_role("link", name="image.png")).to_be_focused()

    letter.get_by_role("link", name="Link to this message").click()
    expect(page).to_have_url(re.compile(r"\?message=(\d+)#message-\1$"))


def test_new_reply_appears_without_moving_the_page(customer, answer):
    page = customer("ilse@brightwater.example", "Comes by itself")
    page.clock.install()
    page.reload()
    text = page.get_by_role("textbox", name="Your reply")
    text.fill("I am writing")
    place = text.bounding_box()["y"]
    answer("Comes by itself", "Please restart the pump.")

    # A proxy's page is no update.
    page.route("**/updates/**", lambda route: route.fulfill(body="<h1>Maintenance</h1>"))
    with page.expect_response("**/updates/**"):
        page.clock.fast_forward(30_000)
    page.unroute("**/updates/**")
    page.clock.fast_forward(30_000)
    expect(page.get_by_role("article").last).to_contain_text("Please restart the pump.")
    news = page.get_by_role("status").get_by_role("link", name="New reply from Hanna")
    expect(news).to_be_visible()
    expect(text).to_be_focused()
    assert abs(text.bounding_box()["y"] - place) < 2
    expect(page.locator(".portal-ticket__meta")).to_contain_text("Waiting on you")
    expect(page.get_by_text("Maintenance")).to_have_count(0)

    # The notice has been shown, so nothing blocks sending any more.
    text.press("Control+Enter")
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_reply_that_crosses_another_is_held_back(customer, answer, script):
    subject = f"NewerReplies, {'with' if script else 'without'} script"
    address = "jakub@brightwater.example" if script else "dervla@brightwater.example"
    page = customer(address, subject, java_script_enabled=script)
    text = page.get_by_role("textbox", name="Your reply")
    page.get_by_label("Attach files").set_input_files(
        {"name": "run.log", "mimeType": "text/plain", "buffer": b"line 1"}
    )
    if script:
        expect(page.locator("input[name=attachments-kept]")).to_have_count(1)
    else:
        text.fill("It *still* stops.")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("region", name="Preview").locator("em")).to_have_text("still")
        expect(page.get_by_text("run.log", exact=True)).to_be_visible()
    text.fill("It still stops.")
    answer(subject, "Did you restart it?")

    page.get_by_role("button", name="Send reply").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Your reply hasn’t been sent yet")
    expect(told.get_by_role("link", name="Hanna")).to_be_visible()
    expect(page.get_by_role("article").last).to_contain_text("Did you restart it?")
    expect(text).to_have_value("It still stops.")
    page.get_by_role("button", name="Send anyway").click()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    expect(page.get_by_role("article").last).to_contain_text("It still stops.")
    expect(page.get_by_role("article").last.get_by_role("link", name="run.log")).to_be_visible()


CODE_IS_WIDE_AND_SCROLLS = """() => {
    const code = document.querySelector(".portal-message__body pre");
    const isWide = code.offsetWidth === code.parentElement.clientWidth;
    return isWide && code.scrollWidth > code.clientWidth;
}"""
IN_VIEW = """id => {
    const place = document.getElementById(id).getBoundingClientRect();
    return place.top >= 0 && place.top < innerHeight / 2;
}"""


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_ticket_opens_at_the_first_unread_message(customer, answer, script):
    subject = f"Unread, {'with' if script else 'without'} script"
    address = "maren@brightwater.example" if script else "ilse@brightwater.example"
    page = customer(address, subject, java_script_enabled=script)
    ticket = page.url.partition("#")[0].partition("?")[0]
    code = f"```\n{'word ' * 100}\n```\n"
    page.get_by_role("textbox", name="Your reply").fill(code + "More.\n\n" * 60)
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply was sent.")).to_be_visible()
    answer(subject, "Please restart it. " + "And wait. " * 300)
    answer(subject, "Does it work now?")

    page.goto("/support/?tab=needs-reply")
    page.get_by_role("link", name=subject).click()
    expect(page.locator("#unread")).to_have_text("2 new")
    # The browser scrolls to it again while the page is loading.
    page.wait_for_load_state()
    assert page.evaluate(IN_VIEW, "unread")
    last = page.get_by_role("article").last
    page.get_by_role("link", name="Next unread").click()
    expect(page).to_have_url(re.compile("#" + last.get_attribute("id")))
    back = page.get_by_role("link", name="Tickets", exact=True).last
    expect(back).to_have_attribute("href", re.compile(r"\?tab=needs-reply$"))
    if not script:
        return

    assert page.evaluate(CODE_IS_WIDE_AND_SCROLLS)
    text = page.get_by_role("textbox", name="Your reply")
    text.press_sequentially("jkn")
    expect(text).to_have_value("jkn")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("j")
    page.keyboard.press("k")
    focused = page.locator("article:focus")
    assert focused.get_attribute("id") == page.get_by_role("article").first.get_attribute("id")
    page.keyboard.press("n")
    expect(focused).to_contain_text("Please restart it.")
    page.keyboard.press("n")
    expect(focused).to_contain_text("Does it work now?")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = focused.get_by_role("link", name="Link to this message")
    link.click()
    expect(focused.get_by_text("Link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{ticket}?message=")

    page.get_by_text("Keyboard shortcuts").click()
    page.get_by_label("Use shortcuts on this device").uncheck()
    page.reload()
    page.keyboard.press("j")
    expect(focused).to_have_count(0)
