"""Quality of every page in every theme: accessibility, width, Content-Security-Policy, layout
shifts and weight."""

import gzip
import re
from pathlib import Path

import pytest
from allauth.account import views
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
#: The looks of each language. A page is loaded once in a language, and then changes its look.
LOOKS = {
    "en": {
        "light": {},
        "dark": {"color_scheme": "dark"},
        "high contrast": {"forced_colors": "active", "contrast": "more"},
        "320 px wide": {"width": 320},
        "390 px wide": {"width": 390},
    },
    "ar": {"light": {}, "390 px wide": {"width": 390}},
}
#: A look whose colors and text are those of others: only the space differs.
ONLY_WIDTH = "390 px wide"
#: They begin with the next frame.
END_TRANSITIONS = """
async () => {
  for (let frame = 0; frame < 3; frame++) {
    await new Promise(requestAnimationFrame);
    for (const found of document.getAnimations())
      if (found instanceof CSSTransition) found.finish();
  }
}
"""
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
SNIPPETS = "/admin/snippets/wagtail_portal/"
BULK = "/admin/bulk/wagtail_portal/ticket/"
#: Team pages: only our part of the page, without Wagtail's menu and header. In braces, the primary
#: key of the first row of a listing.
TEAM = {
    "inbox": f"{SNIPPETS}ticket/",
    "ticket": f"{SNIPPETS}ticket/edit/{{ticket}}/",
    "merge": f"{SNIPPETS}ticket/edit/{{ticket}}/merge/",
    "requester": f"{SNIPPETS}ticket/edit/{{ticket}}/requester/",
    "new requester": f"{SNIPPETS}ticket/edit/{{ticket}}/requester/?member={{member}}",
    "history": f"{SNIPPETS}ticket/history/{{ticket}}/",
    "open a ticket": f"{SNIPPETS}ticket/open/",
    "open a ticket for a member": f"{SNIPPETS}ticket/open/?member={{member}}",
    "follow-up": f"{SNIPPETS}ticket/open/?follow_up={{ticket}}",
    **{
        f"bulk {name}": f"{BULK}{name}/?id={{ticket}}&next={SNIPPETS}ticket/"
        for name in ("assign", "status", "field", "close", "update", "saved_reply")
    },
    "bulk saved reply": f"{BULK}saved_reply/?id={{ticket}}&reply={{savedreply}}&next=/admin/",
    "list settings": "/admin/portal/list/",
    "saved views": "/admin/portal/views/",
    "report": "/admin/portal/report/",
    "organizations": f"{SNIPPETS}organization/",
    "organization": f"{SNIPPETS}organization/inspect/{{organization}}/",
    "members": f"{SNIPPETS}member/",
    "member": f"{SNIPPETS}member/inspect/{{member}}/",
    "merge members": f"{SNIPPETS}member/merge/{{member}}/",
    "saved replies": f"{SNIPPETS}savedreply/",
    "saved reply": f"{SNIPPETS}savedreply/edit/{{savedreply}}/",
    "emails": f"{SNIPPETS}notification/",
    "received emails": f"{SNIPPETS}receivedemail/",
    "system status": "/admin/support/status/",
    "dashboard": "/admin/",
}
#: In bytes, compressed: the page with its style sheets and scripts.
BUDGETS = {"sign-in": 25_000, "list": 40_000, "ticket": 50_000}
#: Grew from 15 kB for shortcuts, copied links, and a list that says when tickets have changed.
SCRIPTS_BUDGET = 17_000


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


def looks(page, language: str, *only: str):
    """Change the look of the current page, and yield the name of each."""
    for look, options in LOOKS[language].items():
        if only and look not in only:
            continue
        page.emulate_media(
            color_scheme=options.get("color_scheme", "light"),
            forced_colors=options.get("forced_colors", "none"),
            contrast=options.get("contrast", "no-preference"),
        )
        width = options.get("width", 1280)
        page.set_viewport_size({"width": width, "height": 720 if width == 1280 else 844})
        # Colors change slowly.
        page.evaluate(END_TRANSITIONS)
        yield look


def check(page, name: str, language: str, *only: str):
    """Check what applies to every page in each look, also at twice the text size.

    :param only: the names of looks, if not all.
    """
    page.wait_for_load_state()
    for look in looks(page, language, *only):
        where = f"{name}, {language}, {look}"
        assert not horizontal_overflow(page), where
        if look != ONLY_WIDTH:
            report = accessibility_report(page)
            assert not report, f"{where}: {report}"
        # For people who enlarge only the text.
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not horizontal_overflow(page), f"{where}, text twice as large"
        page.evaluate("document.documentElement.style.fontSize = ''")


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


@pytest.mark.parametrize("language", LOOKS)
def test_visitor_pages(person, language):
    page = person(locale=language)
    for name, address in VISITOR.items():
        page.goto(address)
        check(page, name, language)


@pytest.mark.parametrize("language", LOOKS)
def test_member_pages(person, signed_in, language):
    state, ticket = signed_in
    page = person(storage_state=state, locale=language)
    for name in MEMBER:
        page.goto(address_of(name, ticket))
        check(page, name, language)


def test_open_menus_and_errors(person, signed_in):
    state, ticket = signed_in
    page = person(storage_state=state)
    page.goto("/support/")
    for menu in page.locator("main details, header details").all():
        button = menu.locator("summary").first
        # The menu for narrow screens has no button here.
        if button.is_visible():
            button.click()
            for look in looks(page, "en", "light", "dark"):
                # Check only the menu, because what it covers can't be clicked.
                report = accessibility_report(page, "details[open]")
                assert not report, f"{menu.inner_text()}, {look}: {report}"
            page.keyboard.press("Escape")
    page.goto("/support/problem/")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page, "errors of a form", "en", "light", "dark")
    page.goto(ticket)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Write a message or attach a file.")).to_be_visible()
    check(page, "an empty reply", "en", "light", "dark")


def test_long_names_fit_on_narrow_screens(person, signed_in):
    state, ticket = signed_in
    page = person(storage_state=state, viewport={"width": 320, "height": 640})
    for address, names in (
        (ticket, ".portal-ticket__meta > span:has(time), .portal-message__author"),
        ("/support/problem/", ".portal-choices bdi"),
    ):
        page.goto(address)
        page.locator(names).evaluate_all(
            "rows => rows.forEach(row => row.append('Long'.repeat(40)))"
        )
        expect(page.locator(names).last).to_contain_text("LongLong")
        assert not horizontal_overflow(page), address


@pytest.mark.skipif(
    not hasattr(views, "ConfirmReauthenticationCodeView"),
    reason="allauth asks for a code since version 65.22",
)
def test_link_back_stands_in_the_column_of_a_sign_in_page(person, signed_in):
    state, _ticket = signed_in
    page = person(storage_state=state)
    page.goto("/accounts/reauthenticate/")
    expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        title, link = (page.locator(name).bounding_box() for name in ("h1", ".portal-back"))
        assert title["x"] - 6 < link["x"] <= title["x"], width


@pytest.fixture
def desk(person):
    """Return ``desk(language)``, which signs in to the admin, and returns the page and primary keys
    by the names in :data:`TEAM`."""

    def enter(language: str):
        page, keys = person(locale=language), {}
        sign_in_to_admin(page, "petra")
        for name in ("ticket", "organization", "member", "savedreply"):
            page.goto(f"{SNIPPETS}{name}/")
            link = page.locator(f"main a[href*='/{name}/edit/'], main a[href*='/{name}/inspect/']")
            keys[name] = re.search(r"/(\d+)/", link.first.get_attribute("href"))[1]
        return page, keys

    return enter


def team_problems(page, where: str, language: str) -> list[str]:
    """Return what's wrong with our part of a page, in each look."""
    page.wait_for_load_state()
    found = []
    for look in looks(page, language, "light", "dark", "320 px wide"):
        if report := accessibility_report(page, "main"):
            found.append(f"{where}, {language}, {look}: {report}")
        if width := horizontal_overflow(page):
            found.append(f"{where}, {language}, {look}: {width} pixels too wide")
    return found


@pytest.mark.parametrize("language", LOOKS)
def test_team_pages(desk, language):
    (page, keys), problems = desk(language), []
    for name, address in TEAM.items():
        address = address.format(**keys)
        page.goto(address)
        # People without permission are redirected.
        assert page.url.endswith(address), name
        problems += team_problems(page, name, language)
    assert not problems, "\n".join(problems)


def test_team_pages_fit_next_to_the_menu(desk):
    page, keys = desk("en")
    # On a tablet, or in half of a screen. Wagtail hides what's beside its main part.
    page.set_viewport_size({"width": 1000, "height": 720})
    for name, long in (
        ("members", "td.title .title-wrapper, td.title + td"),
        ("ticket", ".portal-attachment__name"),
        ("inbox", None),
    ):
        page.goto(TEAM[name].format(**keys))
        if name == "ticket":
            name_of_file = "<bdi class=portal-attachment__name></bdi>"
            page.locator(".portal-message").first.evaluate(
                "(row, html) => row.insertAdjacentHTML('beforeend', html)",
                f"<ul class=portal-files><li><a class=portal-attachment>{name_of_file}</a></ul>",
            )
        if long:
            page.locator(long).evaluate_all(
                "rows => rows.forEach(row => row.append('Long'.repeat(40)))"
            )
        beside = "(element) => element.scrollWidth - element.clientWidth"
        assert page.locator("main").evaluate(beside) == 0, name
        assert name != "ticket" or page.locator(".portal-message").first.evaluate(beside) == 0
    # All columns can be reached.
    results = page.locator("#listing-results")
    results.evaluate("(element) => element.scrollTo(9999, 0)")
    assert results.locator("th").last.bounding_box()["x"] < 900


def test_headings_and_fields_of_team_pages_fit_a_phone(desk):
    page, keys = desk("en")
    page.set_viewport_size({"width": 390, "height": 844})
    for address, part in (
        ("/admin/", "main h2"),
        (f"{SNIPPETS}organization/edit/{keys['organization']}/", "main select"),
    ):
        page.goto(address)
        boxes = [row.bounding_box() for row in page.locator(part).all() if row.is_visible()]
        assert boxes and max(box["x"] + box["width"] for box in boxes) <= 390, address


@pytest.mark.parametrize("language", LOOKS)
def test_open_parts_of_team_pages(desk, language):
    (page, keys), problems = desk(language), []
    page.goto(TEAM["ticket"].format(**keys))
    for part in page.locator("main details:not([open]) > summary").all():
        if part.is_visible():
            part.click()
    problems += team_problems(page, "ticket with everything open", language)
    # English in an Arabic page.
    expect(page.locator("[name=reply-body]")).to_have_css("unicode-bidi", "plaintext")
    page.goto(TEAM["merge"].format(**keys))
    page.locator(".portal-choices a").first.click()
    page.locator(".portal-merge-note > summary").click()
    problems += team_problems(page, "merge with a note", language)
    page.goto(TEAM["open a ticket"])
    page.locator("[data-portal-send]").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    problems += team_problems(page, "new ticket with errors", language)
    page.goto(TEAM["bulk update"].format(**keys))
    page.locator("main form button[type=submit]").click()
    problems += team_problems(page, "bulk update with errors", language)
    assert not problems, "\n".join(problems)


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
    record_property(
        "weight", f"all scripts: {sum(sizes.values()) / 1000:.1f} kB of {SCRIPTS_BUDGET / 1000}"
    )
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
