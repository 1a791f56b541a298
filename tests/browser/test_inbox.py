"""The team's inbox: tabs, searchable filters, saved views, bulk actions and live updates."""

import re

import pytest
from playwright.sync_api import expect

from .people import CUSTOMER, sign_in_to_admin, sign_in_with_code

pytestmark = pytest.mark.browser

INBOX = "/admin/snippets/wagtail_portal/ticket/"


@pytest.fixture
def agent(person):
    page = person()
    sign_in_to_admin(page, "hanna")
    page.goto(INBOX)
    return page


def rows(page):
    return page.locator("#listing-results tbody tr")


def test_tabs_filters_and_saved_view(agent):
    views = agent.get_by_role("navigation", name="Views")
    views.get_by_role("link", name=re.compile("^Waiting on us")).click()
    expect(views.locator("[aria-current=page]")).to_contain_text("Waiting on us")
    expect(rows(agent).first).to_be_visible()

    # Find an organization by typing and choose it with the keyboard.
    agent.get_by_role("button", name="Show filters").click()
    agent.get_by_role("button", name="Organization").click()
    field = agent.get_by_role("combobox", name="Organization")
    field.press_sequentially("bright")
    expect(agent.get_by_role("option", name="Brightwater Foods")).to_be_visible()
    field.press("Enter")
    expect(agent).to_have_url(re.compile("organization=\\d+"))
    for row in rows(agent).all():
        expect(row).to_contain_text("Brightwater Foods")

    agent.get_by_role("link", name="Save this view").click()
    agent.get_by_label("Name").fill("Brightwater waits")
    agent.get_by_role("button", name="Save").click()
    expect(agent).to_have_url(re.compile("view/waiting-on-us/.*organization=\\d+"))

    agent.goto(INBOX)
    agent.get_by_role("button", name="Saved views").click()
    agent.get_by_role("link", name="Brightwater waits").click()
    expect(views.locator("[aria-current=page]")).to_contain_text("Waiting on us")
    expect(rows(agent).first).to_contain_text("Brightwater Foods")


def test_every_tab_and_field_has_enough_space_on_a_laptop(person):
    page = person(viewport={"width": 1280, "height": 800})
    sign_in_to_admin(page, "hanna")
    page.goto(INBOX)
    for tab in page.get_by_role("navigation", name="Views").get_by_role("link").all():
        expect(tab).to_be_in_viewport(ratio=1, timeout=5000)
    page.goto(page.locator("td.title a").first.get_attribute("href"))
    expect(page.get_by_label("Assigned to")).to_be_visible(timeout=5000)
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll(".portal-side :is(select, input, textarea)")]
            .filter((field) => field.offsetWidth > field.parentElement.offsetWidth)
            .map((field) => field.name)"""
    )
    assert too_wide == []
    # It's said where the agent is, not only below all fields.
    page.get_by_label("Urgency").select_option("Low")
    undo = page.locator("[data-portal-saved]").get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1, timeout=5000)
    undo.click()
    expect(page.locator("[data-portal-saved]")).to_have_text("Undone.")


def test_english_texts_are_cut_at_their_end_in_a_page_in_arabic(person):
    page = person(locale="ar")
    sign_in_to_admin(page, "hanna")
    page.goto(INBOX)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    beginnings = page.evaluate(
        """() => [...document.querySelectorAll("#listing-results td.title")].map((cell) => {
            const subject = cell.querySelector("a").getBoundingClientRect();
            return subject.left - cell.getBoundingClientRect().left;
        })"""
    )
    assert beginnings
    assert min(beginnings) >= 0
    expect(rows(page).first.locator("td").last).to_have_css("text-align", "right", timeout=5000)


def test_search_suggests_names_and_shows_the_passage(agent):
    field = agent.get_by_role("combobox", name="Search")
    field.press_sequentially("export bright")
    option = agent.get_by_role("option", name=re.compile("Brightwater Foods Organization"))
    expect(option).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value('export org:"Brightwater Foods" ')
    expect(agent).to_have_url(re.compile("org%3A"))
    for row in rows(agent).all():
        expect(row).to_contain_text("Brightwater")
        expect(row.locator("mark").first).to_have_text(re.compile("export", re.IGNORECASE))


def test_peek_shows_the_last_messages(agent):
    peek = agent.locator("#portal-peek")
    agent.keyboard.press("j")
    link = rows(agent).first.locator("td.title a")
    expect(link).to_be_focused()
    agent.keyboard.press("Space")
    expect(peek).to_be_visible()
    expect(peek.get_by_role("heading")).to_have_text(link.inner_text())
    agent.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    rows(agent).nth(2).locator("td.title a").hover()
    expect(peek).to_be_visible()


def test_phone_shows_customers_times_and_details(person):
    agent = person(viewport={"width": 390, "height": 844})
    sign_in_to_admin(agent, "hanna")
    agent.goto(INBOX)
    # The last of the tabs, which scroll, but not the page with them.
    expect(agent.locator(".portal-inbox__tab[aria-current]")).to_be_in_viewport(ratio=1)
    assert agent.evaluate("document.querySelector('main').scrollLeft") == 0
    agent.goto(f"{INBOX}view/waiting-on-us/?q=brightwater")
    expect(rows(agent).first.locator(".portal-row-meta")).to_contain_text("Brightwater Foods")
    rows(agent).first.locator("td.title a").click()
    status = agent.locator("#id_status-status")
    expect(status).to_be_hidden()
    agent.locator(".portal-composer").get_by_role("link", name="Details").click()
    expect(status).to_be_visible()
    assert agent.evaluate("document.documentElement.scrollWidth") == 390


def test_bulk_assignment(agent):
    agent.goto(f"{INBOX}view/waiting-on-customer/")
    subjects = [row.locator("td.title a").inner_text() for row in rows(agent).all()[:2]]
    for row in rows(agent).all()[:2]:
        row.hover()
        row.get_by_role("checkbox").check()
    agent.get_by_role("link", name="Assign selected tickets").click()
    for subject in subjects:
        expect(agent.get_by_text(subject)).to_be_visible()
    field = agent.get_by_role("combobox", name="Person")
    field.press_sequentially("ravi")
    agent.get_by_role("option", name=re.compile("Ravi")).click()
    agent.get_by_role("button", name="Assign", exact=True).click()
    expect(agent.locator(".messages")).to_contain_text("2 tickets updated.")
    for subject in subjects:
        expect(rows(agent).filter(has_text=subject)).to_contain_text("Ravi Menon")


def test_select_all_tickets_in_the_listing(agent):
    agent.goto(f"{INBOX}?urgency=low")
    number = rows(agent).count()
    agent.locator("[data-bulk-action-select-all-checkbox]").first.check()
    agent.get_by_role("button", name="Select all tickets in the listing").click()
    agent.get_by_role("link", name="Set a field of selected tickets").click()
    expect(agent.get_by_text(f"This will change {number} ticket")).to_be_visible()
    agent.get_by_role("link", name="Urgency").click()
    agent.get_by_label("Urgency").select_option("Normal")
    agent.get_by_role("button", name="Set field").click()
    expect(agent.locator(".messages")).to_contain_text("updated.")
    expect(agent).to_have_url(re.compile("urgency=low"))
    expect(rows(agent)).to_have_count(0)


def test_new_tickets_are_announced_without_a_reload(agent, person, mailbox):
    customer = person()
    customer.goto("/support/new/")
    sign_in_with_code(customer, mailbox, CUSTOMER)
    customer.goto("/support/problem/")
    customer.get_by_label("Subject").fill("The valve sticks")
    customer.get_by_label("Description").fill("Since today.")
    for name in ("Severity", "Area"):
        customer.get_by_label(name).select_option(index=1)
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_text(re.compile(r"Ticket #\d+ was opened"))).to_be_visible()

    # As if returning to the tab.
    agent.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    news = agent.get_by_role("button", name="1 new")
    expect(news).to_be_visible()
    expect(rows(agent).first).not_to_contain_text("The valve sticks")
    news.click()
    expect(rows(agent).first).to_contain_text("The valve sticks")
    expect(rows(agent).first).to_contain_text("Unread")
    expect(news).to_be_hidden()


def test_answering_a_ticket_and_going_to_the_next_takes_few_requests(person):
    """With status, assignee and urgency: two page loads and six key presses, besides the text."""
    agent = person()
    # Where to go next is remembered, so this isn't an agent of other tests.
    sign_in_to_admin(agent, "signe")
    agent.goto(f"{INBOX}view/waiting-on-us/?ordering=number")
    agent.locator("body").press("j")
    expect(rows(agent).locator("td.title a").first).to_be_focused()
    agent.keyboard.press("Enter")
    expect(agent.locator(".portal-queue")).to_contain_text(re.compile(r"1 of \d+"))
    first = agent.url
    loaded = []
    agent.on("request", lambda request: request.is_navigation_request() and loaded.append(request))
    agent.get_by_label("Then").first.select_option("Go to the next ticket")

    # Each choice is saved at once, and can be undone.
    urgency, saved = agent.get_by_label("Urgency"), agent.locator("[data-portal-saved]")
    before = urgency.input_value()
    other = "high" if before != "high" else "low"
    urgency.select_option(other)
    expect(saved).to_contain_text("Ticket fields saved.")
    agent.get_by_role("button", name="Undo").click()
    expect(saved).to_contain_text("Undone.")
    expect(urgency).to_have_value(before)
    urgency.select_option(other)
    expect(saved).to_contain_text("Ticket fields saved.")
    agent.get_by_label("Assigned to").select_option(label="Petra Koval")
    expect(saved).to_contain_text("The ticket is now assigned to Petra Koval")
    assert not loaded
    agent.locator("body").press("r")
    expect(agent.get_by_role("textbox", name="Reply to the customer")).to_be_focused()
    agent.keyboard.type("Solved.")
    agent.keyboard.press("Control+Enter")
    expect(agent.locator(".messages")).to_contain_text("Your reply was sent.")
    assert len(loaded) <= 2 and agent.url.partition("?")[0] != first.partition("?")[0]
    # Remembered.
    expect(agent.get_by_label("Then").first).to_have_value("next")

    agent.goto(first)
    expect(agent.get_by_label("Urgency")).to_have_value(other)
    expect(agent.get_by_label("Assigned to").locator("option:checked")).to_have_text("Petra Koval")


def test_what_is_not_saved_yet_goes_with_the_note(agent):
    agent.goto(f"{INBOX}view/waiting-on-us/")
    rows(agent).locator("td.title a").last.click()
    followers = agent.locator("[name=followers-add]")
    followers.fill("nobody@else.example")
    expect(agent.get_by_role("button", name="Save changes")).to_be_visible()
    agent.get_by_role("link", name="Internal note").click()
    agent.get_by_role("textbox", name="Internal note").fill("See above.")
    agent.get_by_role("button", name="Add internal note").click()
    # It can't be saved, so nothing is sent.
    expect(followers).to_be_focused()
    expect(agent.locator("#ticket-details .error-message")).to_contain_text("nobody@else.example")
    followers.fill("")
    agent.get_by_role("button", name="Add internal note").click()
    expect(agent.locator(".portal-message--note").last).to_contain_text("See above.")
