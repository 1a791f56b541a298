"""The ticket list: filters, sorting, the back button, and unread tickets."""

import re

import pytest
from playwright.sync_api import expect

from .people import sign_in_to_admin, sign_in_with_code

pytestmark = pytest.mark.browser


def report(page, severity: str):
    """Open a ticket with the demo's form."""
    page.goto("/support/problem/")
    page.get_by_label("Subject").fill(f"A {severity.lower()} leak")
    page.get_by_label("Severity").select_option(severity)
    page.get_by_label("Product area").select_option("Runner")
    page.get_by_label("Description").fill("It drips.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("It drips.")).to_be_visible()


def shown(page, rows) -> int:
    """Return the number of rows once the page has finished loading."""
    page.wait_for_load_state()
    return rows.count()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_filter_sort_and_go_back(person, mailbox, scripts):
    page = person(java_script_enabled=scripts)
    page.goto("/support/")
    sign_in_with_code(page, mailbox, "jakub@brightwater.example")
    expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    for severity in ("Minor", "Question", "Blocking"):
        report(page, severity)
    page.goto("/support/")
    rows = page.get_by_role("table").get_by_role("row")
    every = shown(page, rows)

    page.get_by_text("Filter", exact=True).click()
    severity = page.get_by_role("group", name="Severity")
    severity.get_by_label("Minor").check()
    severity.get_by_label("Question").check()
    page.get_by_role("button", name="Show tickets").click()
    expect(page).to_have_url(re.compile("f-severity=minor&f-severity=question"))
    tags = page.get_by_role("list", name="Filters")
    expect(tags.get_by_role("link")).to_have_count(3)
    some = shown(page, rows)
    assert 1 < some < every
    if scripts:
        # Empty fields don't make the URL longer.
        expect(page).not_to_have_url(re.compile("active_from|status"))

    tags.get_by_role("link", name=re.compile("Severity: Question")).click()
    expect(tags.get_by_role("link")).to_have_count(2)
    expect(page.get_by_role("table").get_by_text("Question", exact=True)).to_have_count(0)
    fewer = shown(page, rows)
    assert fewer < some

    heading = page.get_by_role("columnheader", name="Ticket")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.wait_for_load_state()
    subjects = page.get_by_role("rowheader").get_by_role("link").all_inner_texts()
    assert subjects == sorted(subjects, key=str.lower)
    assert shown(page, rows) == fewer

    page.go_back()
    expect(heading).not_to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(tags.get_by_role("link")).to_have_count(3)
    expect(rows).to_have_count(some)
    # The form shows the filters in the URL.
    page.get_by_text("Filter", exact=True).click()
    expect(severity.get_by_label("Question")).to_be_checked()
    page.get_by_role("link", name="Clear all").first.click()
    expect(rows).to_have_count(every)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_search_as_you_type(person, mailbox, scripts):
    page = person(java_script_enabled=scripts)
    page.goto("/support/")
    sign_in_with_code(page, mailbox, "dervla@brightwater.example")
    word = "centrifuge" if scripts else "turntable"
    page.goto("/support/problem/")
    page.get_by_label("Subject").fill(f"The {word} hums")
    page.get_by_label("Severity").select_option("Minor")
    page.get_by_label("Product area").select_option("Runner")
    page.get_by_label("Description").fill("At noon, in E flat.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("At noon")).to_be_visible()
    page.goto("/support/?tab=open")
    page.wait_for_load_state()

    field = page.get_by_role("searchbox", name="Search tickets")
    if scripts:
        # The list updates while you type, and keeps both focus and tab.
        field.press_sequentially(word[:7])
        expect(page.get_by_role("status").filter(has_text="1 ticket found")).to_be_attached()
        expect(field).to_be_focused()
        expect(page).to_have_url(re.compile(f"tab=open&q={word[:7]}$"))
    else:
        field.fill(word[:7])
        field.press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_role("rowheader")).to_have_count(1)
    expect(page.locator("mark", has_text=word)).to_be_visible()

    field.fill(f"{word} zebrafish")
    if not scripts:
        field.press("Enter")
    expect(page.get_by_role("rowheader")).to_have_count(0)
    expect(page.get_by_text(f"No tickets in “Open” match “{word} zebrafish”.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_ticket_stays_unread_until_it_is_read(person, mailbox, scripts):
    customer = person(java_script_enabled=scripts)
    customer.goto("/support/new/")
    sign_in_with_code(customer, mailbox, "ilse@brightwater.example")
    customer.get_by_role("main").get_by_role("link", name="Ask about billing").click()
    subject = f"Who pays, {'with' if scripts else 'without'} scripts"
    customer.get_by_label("Subject").fill(subject)
    customer.get_by_label("Your question").fill("And when?")
    customer.get_by_role("button", name="Send").click()
    number = re.search(r"/tickets/(\d+)/", customer.url).group(1)

    agent = person()
    sign_in_to_admin(agent, "hanna")
    agent.get_by_role("button", name="Support").click()
    agent.get_by_role("link", name="Tickets", exact=True).click()
    agent.get_by_role("link", name=subject).click()
    reply = agent.get_by_role("tabpanel", name="Reply to the customer")
    reply.get_by_role("textbox").fill("You, in March.")
    reply.get_by_role("button", name="Send reply").click()
    expect(agent.get_by_text("You, in March.")).to_be_visible()

    customer.goto("/support/")
    row = customer.get_by_role("row").filter(has_text=f"#{number}")
    expect(row).to_contain_text("1 new")
    if scripts:
        with customer.expect_response("**/read/") as answer:
            row.get_by_role("link").click()
        assert answer.value.status == 204
    else:
        row.get_by_role("link").click()
        customer.get_by_role("button", name="Mark as read").click()
        expect(customer.get_by_role("button", name="Mark as read")).to_have_count(0)
    customer.goto("/support/")
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("1 new")


#: Where each column begins, and how high the toolbar is.
COLUMNS = """() => [...document.querySelectorAll(".portal-tickets__heading")]
    .map((heading) => Math.round(heading.getBoundingClientRect().left))"""
TOOLBAR = "() => document.querySelector('.portal-list-bar').offsetHeight"
FIRST_ROW = "() => document.querySelector('.portal-ticket-row').getBoundingClientRect().top"
CUT_WORDS = """() => [...document.querySelectorAll(".portal-ticket-row__excerpt")]
    .filter((excerpt) => excerpt.querySelector("mark"))
    .filter((excerpt) => {
        const [row, mark] = [excerpt.firstChild, excerpt.querySelector("mark")].map(
            (part) => part.getBoundingClientRect());
        return mark.left < row.left - 1 || mark.right > row.right + 1
            || mark.bottom > row.bottom + 4;
    }).map((excerpt) => excerpt.textContent)"""
TAB_IS_IN_VIEW = """() => {
    const [tab, bar] = [".portal-tabs [aria-current]", ".portal-tabs"].map(
        (name) => document.querySelector(name).getBoundingClientRect());
    return bar.left - 1 <= tab.left && tab.right <= bar.right + 1;
}"""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_list_fits_every_screen(person, mailbox, scripts):
    page = person(java_script_enabled=scripts, has_touch=True)
    page.goto("/support/")
    sign_in_with_code(page, mailbox, "maren@brightwater.example")
    for size, limit in (((390, 844), 320), ((320, 640), 640 - 57)):
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        page.goto("/support/")
        assert page.evaluate(FIRST_ROW) < limit, size
        assert page.evaluate(TAB_IS_IN_VIEW), size
        assert page.evaluate(TOOLBAR) < 70, size
        assert page.locator("header.portal-header").bounding_box()["height"] < 70
    page.locator(".portal-filters > summary").click()
    sheet = page.locator(".portal-filters__panel").bounding_box()
    assert (sheet["x"], sheet["width"], round(sheet["y"] + sheet["height"])) == (0, 320, 640)
    page.locator(".portal-filters > summary").click()
    expect(page.locator(".portal-filters__panel")).to_be_hidden()
    page.locator(".portal-list-menu > summary").click()
    page.get_by_role("navigation", name="Show tickets of").get_by_role("link", name="Mine").click()
    expect(page).to_have_url(re.compile("scope=mine"))

    page.set_viewport_size({"width": 768, "height": 900})
    assert page.evaluate(TOOLBAR) < 70
    page.set_viewport_size({"width": 1280, "height": 900})
    columns = []
    for address in ("/support/", "/support/?tab=closed", "/support/?q=runner"):
        page.goto(address)
        columns.append(page.evaluate(COLUMNS))
    assert columns[0] == columns[1] == columns[2]
    # The words that were searched for can be seen in each row.
    for width in (1280, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator(".portal-ticket-row__excerpt mark").first).to_be_attached()
        assert page.evaluate(CUT_WORDS) == [], width


def test_open_list_announces_changes_and_stays_as_it_is(person, mailbox):
    page = person()
    page.goto("/support/")
    sign_in_with_code(page, mailbox, "jakub@brightwater.example")
    page.clock.install()
    page.goto("/support/?tab=open")
    page.wait_for_load_state()
    before = page.get_by_role("rowheader").all_inner_texts()
    report(page.context.new_page(), "Minor")
    page.clock.fast_forward(30_000)
    news = page.get_by_role("status").get_by_role("link", name="1 ticket has changed.")
    expect(news).to_be_visible()
    assert page.get_by_role("rowheader").all_inner_texts() == before
    news.click()
    expect(page).to_have_url(re.compile(r"\?tab=open$"))
    expect(page.get_by_role("rowheader")).to_have_count(len(before) + 1)
