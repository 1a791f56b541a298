"""From a site without a portal to one that a customer uses, with a policy that needs nonces."""

import shutil
import socket

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People, environment_of, run_python
from tests.browser.people import sign_in_to_admin, sign_in_with_code
from tests.serving import serve

pytestmark = pytest.mark.browser

EMPTY = """
import django
django.setup()
from wagtail.models import Site
from wagtail_portal.models import Member, Organization, PortalSettings, Ticket
from wagtail_portal.models import DesignatedField, Notification, TicketLogEntry
from wagtail_portal.pages.models import PortalHomePage
from django.contrib.auth import get_user_model
for home in PortalHomePage.objects.all():
    home.delete()
for model in (Notification, Ticket, Member, Organization, DesignatedField, PortalSettings):
    model.objects.all().delete()
get_user_model().objects.filter(username="hanna").update(is_superuser=True)
"""


@pytest.fixture(scope="module")
def empty_site_url(demo_folder, tmp_path_factory, mailbox):
    """The URL of a site that has no portal yet."""
    folder = tmp_path_factory.mktemp("empty") / "var"
    shutil.copytree(demo_folder, folder)
    listener = socket.create_server(("127.0.0.1", 0))
    environment = {
        **environment_of(folder, listener.getsockname()[1], mailbox.port),
        "DJANGO_SETTINGS_MODULE": "tests.browser.nonce_settings",
    }
    run_python(environment, EMPTY)
    with serve(folder, listener, environment) as url:
        yield url


@pytest.fixture
def enter(chromium, empty_site_url):
    """Open a page of the empty site in a new browser context."""
    people = People(chromium, empty_site_url)
    yield people.enter
    people.leave()


#: Everything that's pressed with the mouse, on every page.
COUNT = """
addEventListener("click", (event) => {
  if (event.detail) sessionStorage.clicks = 1 + Number(sessionStorage.clicks || 0);
}, true);
"""


def step(page: Page, name: str) -> None:
    """Follow the link of one step on the dashboard."""
    page.locator(".portal-steps__step", has_text=name).get_by_role("link").click()


def test_editor_needs_at_most_fifteen_clicks(enter, mailbox):
    page = enter(viewport={"width": 1440, "height": 900})
    sign_in_to_admin(page, "hanna")
    page.add_init_script(COUNT)
    page.reload()
    step(page, "Create the portal page")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("/support/").first).to_be_visible()
    step(page, "Add the first customer")
    page.locator("input[name=name]").click()
    page.keyboard.type("Acme")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Dashboard").click()
    step(page, "Add the first customer")
    page.locator("input[name=email]").click()
    page.keyboard.type("dana@acme.example")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("created.")
    clicks = int(page.evaluate("sessionStorage.clicks"))
    assert 5 <= clicks <= 15, clicks
    # The customer gets in and sends the first ticket.
    customer = enter()
    customer.goto("/support/")
    sign_in_with_code(customer, mailbox, "dana@acme.example")
    expect(customer.get_by_role("heading", name="Tickets")).to_be_visible()
    customer.goto("/support/question/")
    customer.locator("[name=subject]").fill("Where is the manual?")
    customer.locator("textarea").fill("It isn’t in the box.")
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_role("heading", name="Where is the manual?")).to_be_visible()
    # Back on the dashboard, nothing of that is left.
    page.goto("/admin/")
    left = page.locator(".portal-steps__step:not(.portal-steps__step--done)")
    for name in ("portal page", "ticket form", "what customers see", "first customer", "an email"):
        expect(left.filter(has_text=name).locator("a")).to_have_count(0)


def test_wagtails_bar_works_with_nonces(enter):
    page = enter(viewport={"width": 1440, "height": 900}, is_kept_out=True)
    sign_in_to_admin(page, "hanna")
    page.goto("/support/")
    bar = page.locator("wagtail-userbar")
    bar.get_by_role("button", name="View Wagtail quick actions").click()
    expect(bar.get_by_role("menuitem", name="Portal settings")).to_be_visible()
    expect(bar.locator(".w-userbar")).to_have_css("position", "fixed")
    bar.get_by_role("menuitem", name="Portal settings").click()
    page.wait_for_url("**/settings/wagtail_portal/portalsettings/**")
