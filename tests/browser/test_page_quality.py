"""Quality of every page in every theme: accessibility, width, Content-Security-Policy, layout
shifts and weight."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

from example_site.strictest_csp import POLICY
from tests.browser.conftest import People
from tests.browser.page_checks import (
    SHIFTS,
    accessibility_report,
    horizontal_overflow,
    slow_connection,
    weigh,
)
from tests.browser.people import sign_in_to_admin, sign_in_with_code

pytestmark = pytest.mark.browser

#: Sees all tickets of the organization and its members.
ADMIN = "maren@brightwater.example"
LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "right to left": {"locale": "ar", "color_scheme": "light"},
    "320 px wide": {"viewport": {"width": 320, "height": 640}},
    "390 px wide": {"viewport": {"width": 390, "height": 844}},
    "390 px wide, right to left": {"viewport": {"width": 390, "height": 844}, "locale": "ar"},
    "high contrast": {"forced_colors": "active", "contrast": "more"},
}
#: Looks whose colors and text are those of others: only the space differs.
ONLY_WIDTH = {"390 px wide", "390 px wide, right to left"}
VISITOR = {
    "sign-in": "/accounts/login/",
    "form for anyone": "/support/contact/",
}
MEMBER = {
    "list": "/support/",
    "list, filtered": "/support/?tab=all&f-severity=minor",
    "list, searched": "/support/?q=runner",
    "list, nothing found": "/support/?q=zebrafish",
    "choice of forms": "/support/new/",
    "form": "/support/problem/",
    "ticket": "tickets/",
    "followers": "tickets/ followers/",
    "organization": "/support/organization/",
    "members": "/support/members/",
    "profile": "/support/profile/",
    "addresses": "/support/profile/addresses/",
    "saved filters": "/support/filters/",
}
#: Team pages: only our part of the page, without Wagtail's menu and header.
TEAM = {
    "inbox": "/admin/snippets/wagtail_portal/ticket/",
    "ticket": "first",
    "merge": "first merge/",
    "open a ticket": "/admin/snippets/wagtail_portal/ticket/open/",
    "report": "/admin/portal/report/",
    "organizations": "/admin/snippets/wagtail_portal/organization/",
    "members": "/admin/snippets/wagtail_portal/member/",
    "emails": "/admin/snippets/wagtail_portal/notification/",
    "dashboard": "/admin/",
}
#: In bytes, compressed: the page with its style sheets and scripts.
BUDGETS = {"sign-in": 25_000, "list": 40_000, "ticket": 50_000}
SCRIPTS_BUDGET = 15_000


@pytest.fixture(scope="module")
def signed_in(chromium, site_url, mailbox):
    """Return ``(cookies of a signed-in customer, URL of a ticket)``."""
    people = People(chromium, site_url)
    page = people.enter()
    page.goto("/support/")
    sign_in_with_code(page, mailbox, ADMIN)
    ticket = page.get_by_role("main").locator("a[href*='/tickets/']").first
    address = ticket.get_attribute("href")
    state = page.context.storage_state()
    people.leave()
    return state, address


def address_of(name: str, ticket: str) -> str:
    """Return the URL of a page in :data:`MEMBER`."""
    begin, _space, rest = MEMBER[name].partition(" ")
    return ticket + rest if begin == "tickets/" else begin


def check(page, name: str, look: str):
    """Check what applies to every page, also at twice the text size."""
    where = f"{name}, {look}"
    page.wait_for_load_state()
    assert not horizontal_overflow(page), where
    if look not in ONLY_WIDTH:
        report = accessibility_report(page)
        assert not report, f"{where}: {report}"
    # For people who enlarge only the text.
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not horizontal_overflow(page), f"{where}, text twice as large"


def test_pages_outside_the_admin_use_the_strictest_policy(person):
    """Anything that violates the policy also fails every other test."""
    page = person()
    for address in (*VISITOR.values(), "/support/", "/x/"):
        answer = page.request.get(address)
        assert answer.headers["content-security-policy"] == POLICY, address


def test_checks_find_known_problems(person):
    page = person()
    page.goto("/accounts/login/")
    page.evaluate(
        """() => {
            const wide = document.createElement("p");
            wide.style.minWidth = "9000px";
            wide.append("Wide", new Image());
            document.querySelector("main").append(wide);
        }"""
    )
    assert "image-alt" in accessibility_report(page)
    assert horizontal_overflow(page)


@pytest.mark.parametrize("look", LOOKS)
def test_visitor_pages(person, look):
    page = person(**LOOKS[look])
    for name, address in VISITOR.items():
        page.goto(address)
        check(page, name, look)


@pytest.mark.parametrize("look", LOOKS)
def test_member_pages(person, signed_in, look):
    state, ticket = signed_in
    page = person(storage_state=state, **LOOKS[look])
    for name in MEMBER:
        page.goto(address_of(name, ticket))
        check(page, name, look)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_open_menus_and_errors(person, signed_in, look):
    state, ticket = signed_in
    page = person(storage_state=state, **LOOKS[look])
    page.goto("/support/")
    for menu in page.locator("main details, header details").all():
        if menu.is_visible():
            menu.locator("summary").first.click()
            # Check only the menu, because whatever it covers can't be clicked.
            report = accessibility_report(page, "details[open]")
            assert not report, f"{menu.inner_text()}: {report}"
            page.keyboard.press("Escape")
    page.goto("/support/problem/")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page, "errors of a form", look)
    page.goto(ticket)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Write a message or attach a file.")).to_be_visible()
    check(page, "an empty reply", look)


@pytest.mark.parametrize("look", ["light", "dark", "right to left", "320 px wide"])
def test_team_pages(person, look):
    page = person(**LOOKS[look])
    sign_in_to_admin(page, "petra")
    page.goto(TEAM["inbox"])
    first = page.locator("main a[href*='/ticket/edit/']").first.get_attribute("href")
    for name, address in TEAM.items():
        begin, _space, rest = address.partition(" ")
        address = first + rest if begin == "first" else address
        page.goto(address)
        # People without permission are redirected.
        assert page.url.endswith(address)
        report = accessibility_report(page, "main")
        assert not report, f"{name}, {look}: {report}"


def test_layout_does_not_shift_while_loading(person, signed_in, site_url):
    state, ticket = signed_in
    # Tall enough to show each page in full.
    page, moved = person(storage_state=state, viewport={"width": 1280, "height": 3000}), {}
    page.add_init_script(SHIFTS)
    with slow_connection(site_url) as slow:
        for name in MEMBER:
            page.goto(slow + address_of(name, ticket))
            page.wait_for_load_state("networkidle")
            if shifts := page.evaluate("window.portalShifts"):
                moved[name] = shifts
    assert moved == {}


@pytest.mark.parametrize("name", BUDGETS)
def test_page_weight(person, signed_in, name, record_property):
    state, ticket = signed_in
    options = {} if name in VISITOR else {"storage_state": state}
    page = person(**options)
    page.add_init_script(SHIFTS)
    address = VISITOR[name] if name in VISITOR else address_of(name, ticket)
    weight = weigh(page, address)
    assert page.evaluate("window.portalShifts") == []
    record_property(
        "weight",
        f"{name}: {weight.whole / 1000:.1f} kB of {BUDGETS[name] / 1000:.0f}"
        f" (page {weight.documents / 1000:.1f}, styles {weight.styles / 1000:.1f},"
        f" scripts {weight.scripts / 1000:.1f})",
    )
    assert weight.documents and weight.styles and weight.scripts
    assert weight.whole <= BUDGETS[name], weight


def test_weight_of_all_scripts(record_property):
    folder = Path(finders.find("wagtail_portal/js"))
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 6)) for file in folder.iterdir()}
    record_property("weight", f"all scripts: {sum(sizes.values()) / 1000:.1f} kB of 15")
    assert sizes and sum(sizes.values()) <= SCRIPTS_BUDGET, sizes


def test_nothing_is_loaded_from_other_sites(person, signed_in, site_url):
    state, ticket = signed_in
    page, asked = person(storage_state=state), []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("list", "ticket", "form"):
        page.goto(address_of(name, ticket))
        page.wait_for_load_state("networkidle")
    assert asked
    assert [url for url in asked if not re.match(f"{site_url}/|data:|blob:", url)] == []
