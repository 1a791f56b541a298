"""An organization's members: joining, changing roles, and personal preferences."""

import re

import pytest
from playwright.sync_api import Page, expect

from .people import CODE, sign_in_to_admin, sign_in_with_code, text_of

pytestmark = pytest.mark.browser
LINK = re.compile(r"http://\S+")
#: Each test uses different people, because codes are limited per address.
ADMIN, OTHER_ADMIN, ADMIN_OF_ANOTHER, ADMIN_WITH_A_PHONE = (
    "katarina@northgate-freight.example",
    "musa@northgate-freight.example",
    "maren@brightwater.example",
    "anke@lindenhof.example",
)
MEMBER = "fenna@northgate-freight.example"


def enter_code(page: Page, mailbox, address: str, url: str = "/support/"):
    """Sign in with a code."""
    page.goto(url)
    sign_in_with_code(page, mailbox, address)


def open_organization(page: Page, name: str):
    """As an agent, open the form of an organization in the admin."""
    page.goto("/admin/snippets/wagtail_portal/organization/")
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(re.compile(r"/inspect/"))
    page.goto(page.url.replace("/inspect/", "/edit/"))


def row_of(page: Page, address: str):
    """Return the member's table row."""
    return page.get_by_role("row").filter(has_text=address)


def test_member_is_invited_promoted_and_removed(person, mailbox):
    admin = person()
    enter_code(admin, mailbox, ADMIN, "/support/members/")
    admin.get_by_text("Invite people").click()
    admin.get_by_label("Email addresses").fill("nina@partner.example")
    admin.get_by_label("Personal note").fill("Please look at our tickets")
    admin.get_by_role("button", name="Send invitations").click()
    outside = admin.get_by_text("nina@partner.example is outside your organization")
    expect(outside.first).to_be_visible()
    admin.wait_for_load_state()
    admin.get_by_role("button", name="Send invitations").click()
    expect(admin.get_by_text("nina@partner.example was invited")).to_be_visible()

    invited = person()
    mail = text_of(mailbox.take("nina@partner.example", "invited"))
    assert "Please look at our tickets" in mail
    invited.goto(LINK.search(mail).group())
    expect(invited.get_by_role("heading", name="Join Northgate Freight")).to_be_visible()
    invited.get_by_role("button", name="Send me a code").click()
    code = CODE.search(text_of(mailbox.take("nina@partner.example", "Your sign-in code"))).group()
    invited.get_by_label("Code", exact=True).fill(code)
    invited.get_by_role("button", name="Sign in").click()
    expect(invited.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    expect(invited.get_by_role("link", name="Members")).to_have_count(0)

    admin.goto("/support/members/?q=nina")
    row = row_of(admin, "nina@partner.example")
    expect(row).to_contain_text("Active")
    row.get_by_label("Role of nina").select_option("Admin")
    row.get_by_role("button", name="Change").click()
    expect(admin.get_by_text("nina now has the role “Admin”")).to_be_visible()
    invited.reload()
    invited.get_by_role("link", name="Members").first.click()
    expect(invited.get_by_role("heading", name="Members", level=1)).to_be_visible()

    admin.goto("/support/members/?q=nina")
    row_of(admin, "nina@partner.example").get_by_role("button", name="Remove access").click()
    expect(admin.get_by_role("heading", name="Remove access for nina?")).to_be_visible()
    admin.get_by_role("button", name="Remove access").click()
    expect(admin.get_by_text("nina no longer has access")).to_be_visible()
    invited.goto("/support/")
    expect(invited.get_by_label("Email address")).to_be_visible()
    admin.goto("/support/members/history/")
    expect(admin.get_by_text("nina lost access")).to_be_visible()


def test_join_request_is_approved(person, mailbox):
    team = person()
    sign_in_to_admin(team, "petra")
    open_organization(team, "Northgate Freight")
    team.get_by_label("Verified").check()
    team.get_by_role("button", name="Save", exact=True).click()
    expect(team.locator(".messages")).to_contain_text("Northgate Freight")

    newcomer = person(is_kept_out=True)
    enter_code(newcomer, mailbox, "tove@northgate-freight.example")
    expect(newcomer.get_by_text("We’ve told Northgate Freight")).to_be_visible()
    mail = text_of(mailbox.take(OTHER_ADMIN, "New request to join Northgate Freight"))
    assert "tove@northgate-freight.example" in mail

    admin = person()
    # The link in the email leads there by way of the sign-in page.
    enter_code(admin, mailbox, OTHER_ADMIN, LINK.search(mail).group())
    expect(admin.get_by_role("heading", name="Pending join requests")).to_be_visible()
    admin.get_by_role("button", name="Approve tove@northgate-freight.example").click()
    expect(admin.get_by_text("tove@northgate-freight.example is now a member")).to_be_visible()
    newcomer.reload()
    expect(newcomer.get_by_role("heading", name="Tickets", level=1)).to_be_visible()

    another = person(is_kept_out=True)
    enter_code(another, mailbox, "ulf@northgate-freight.example")
    expect(another.get_by_text("We’ve told Northgate Freight")).to_be_visible()
    open_organization(team, "Northgate Freight")
    expect(team.get_by_role("heading", name="Pending join requests")).to_be_visible()
    team.get_by_role("button", name="Decline ulf@northgate-freight.example").click()
    expect(team.locator(".messages")).to_contain_text("was declined")
    another.reload()
    expect(another.get_by_text("You don’t have access yet")).to_be_visible()


def test_profile_changes_language_and_name(person, mailbox):
    page = person(locale="en-GB")
    enter_code(page, mailbox, MEMBER)
    page.locator("summary", has_text="Your account").click()
    page.get_by_role("link", name="Profile").click()
    page.get_by_label("Name").fill("Fenna van Dijk")
    page.get_by_label("Language").select_option(label="Deutsch")
    page.get_by_label("Time zone").fill("Auckland")
    page.locator("main form").first.get_by_role("button").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_label("Name")).to_have_value("Fenna van Dijk")
    page.goto("/support/?tab=all&period=all")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    moments = page.locator("main time[datetime]")
    expect(moments.first).to_have_attribute("datetime", re.compile(r"\+1[23]:00$"))
    # The language belongs to the person, not to the browser.
    other = person(locale="en-GB")
    enter_code(other, mailbox, MEMBER)
    expect(other.locator("html")).to_have_attribute("lang", "de")
    # Switch to a language that every test in this file can read.
    other.goto("/support/profile/")
    other.locator("[name=language]").select_option("ar")
    other.locator("main form").first.get_by_role("button").click()
    expect(other.locator("html")).to_have_attribute("dir", "rtl")


def test_sign_out_other_devices_and_download_data(person, mailbox):
    first, second = person(), person()
    for page in (first, second):
        enter_code(page, mailbox, ADMIN_OF_ANOTHER, "/support/profile/")
        expect(page.get_by_text("this device")).to_have_count(1)
    second.get_by_role("button", name="Sign out everywhere else").click()
    expect(second.get_by_text("You’ve been signed out everywhere else")).to_be_visible()
    expect(second.get_by_role("listitem").filter(has_text="this device")).to_have_count(1)
    first.goto("/support/")
    expect(first.get_by_label("Email address")).to_be_visible()
    with second.expect_download() as download:
        second.get_by_role("button", name="Download my data").click()
    assert download.value.suggested_filename.endswith(".zip")


def test_role_takes_one_line_on_a_phone_until_another_one_is_selected(person, mailbox):
    computer = person()
    enter_code(computer, mailbox, ADMIN_WITH_A_PHONE)
    expect(computer.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    # In German, the button needs a line of its own.
    phone = {"viewport": {"width": 320, "height": 640}, "locale": "de"}
    admin = person(storage_state=computer.context.storage_state(), **phone)
    admin.goto("/support/members/")
    cell = admin.get_by_role("cell").filter(has=admin.get_by_role("combobox")).first
    role, change = cell.get_by_role("combobox"), cell.get_by_role("button", include_hidden=True)
    expect(change).to_be_hidden()
    assert cell.bounding_box()["height"] == role.bounding_box()["height"]
    role.select_option("Admin")
    expect(change).to_be_visible()
    role.select_option("Mitglied")
    expect(change).to_be_hidden()
