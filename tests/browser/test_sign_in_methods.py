"""Every sign-in method that a site can enable, and members of several organizations."""

import shutil
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People, environment_of, run_python
from tests.browser.people import confirm_with_code, sign_in_with_code
from tests.serving import ROOT, TIMEOUT, serve
from tests.signin import provider as program
from tests.signin.test_second_factor import current_app_code

pytestmark = pytest.mark.browser

SETTINGS = "tests.browser.sign_in_settings"
#: Creates the tables of the enabled apps, and adds a member of Brightwater Foods to another
#: organization with a ticket there.
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from wagtail.models import Site
from wagtail_portal import actions
from wagtail_portal.models import Organization
from wagtail_portal.permissions import Actor
bolt = actions.create_organization(by=Actor.system(), name="Bolt Works")
dervla = actions.create_member(bolt, by=Actor.system(), email="dervla@brightwater.example")
actions.open_ticket(
    site=Site.objects.get(is_default_site=True), requester=dervla, by=Actor.for_member(dervla),
    subject="A matter of Bolt", body="Only there.",
)
"""


@pytest.fixture(scope="module")
def all_methods_url(demo_folder, tmp_path_factory, mailbox):
    """The URL of a second example site with all sign-in methods, and a provider beside it."""
    folder = tmp_path_factory.mktemp("every_door") / "var"
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    shutil.copytree(demo_folder, folder)
    callback = f"http://localhost:{port}/accounts/oidc/acme/login/callback/"
    provider = subprocess.Popen(
        [sys.executable, program.__file__, str(folder), callback],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    environment = {
        **environment_of(folder, port, mailbox.port),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "OPENID_PROVIDER": provider.stdout.readline().strip(),
        "PYTHONPATH": str(ROOT),
    }
    run_python(environment, PREPARE)
    with serve(folder, listener, environment) as url:
        yield url
    provider.stdin.close()
    provider.wait(TIMEOUT)
    provider.stdout.close()


@pytest.fixture
def visitor(chromium, all_methods_url):
    """Return ``visitor(**options)``, which opens a page in a new browser context."""
    people = People(chromium, all_methods_url)
    yield people.enter
    people.leave()


def sign_in_at_the_provider(page: Page, name: str):
    """Click the provider's button and enter a password there."""
    page.get_by_role("button", name="Sign in with Acme Identity").click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(program.PASSWORD)
    page.locator("form:has(input[name=password]) button").first.click()


def test_sign_in_with_provider_returns_to_the_requested_page(visitor):
    page = visitor()
    page.goto("/support/members/")
    sign_in_at_the_provider(page, "maren")
    expect(page.get_by_role("heading", name="Members", level=1)).to_be_visible()


def test_unverified_address_at_the_provider_gets_no_access(visitor):
    page = visitor(is_kept_out=True)
    page.goto("/support/")
    sign_in_at_the_provider(page, "unverified maren")
    expect(page.get_by_role("main")).to_contain_text("Acme Identity")
    page.goto("/support/")
    expect(page.get_by_role("button", name="Send me a code")).to_be_visible()


def test_authenticator_app_is_set_up_and_required(visitor, mailbox):
    address = "jakub@brightwater.example"
    page = visitor()
    page.goto("/support/")
    sign_in_with_code(page, mailbox, address)
    expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    page.goto("/accounts/2fa/totp/activate/")
    confirm_with_code(page, mailbox, address)
    secret = page.get_by_label("Authenticator secret").input_value()
    page.locator("input[name=code]").fill(current_app_code(secret))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url(lambda url: "activate" not in url)
    page.context.clear_cookies()

    page.goto("/support/")
    sign_in_with_code(page, mailbox, address)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    field = page.get_by_label("Code")
    expect(field).to_be_focused()
    field.fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(current_app_code(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()


def test_passkey_is_added_and_signs_in(visitor, mailbox):
    page = visitor()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    page.goto("/support/")
    address = "ilse@brightwater.example"
    sign_in_with_code(page, mailbox, address)
    expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()
    page.goto("/accounts/2fa/webauthn/add/")
    confirm_with_code(page, mailbox, address)
    page.locator("input[name=name]").fill("My laptop")
    page.locator("input[name=passwordless]").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda url: "webauthn/add" not in url)
    page.context.clear_cookies()
    page.goto("/support/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Tickets", level=1)).to_be_visible()


def test_member_of_several_organizations_chooses_and_switches(visitor, mailbox):
    page = visitor()
    page.goto("/support/")
    sign_in_with_code(page, mailbox, "dervla@brightwater.example")
    expect(page.get_by_role("heading", name="Choose an organization")).to_be_visible()
    page.get_by_role("button", name="Bolt Works").click()
    matter = page.get_by_role("link", name="A matter of Bolt")
    ticket = matter.get_attribute("href")
    page.locator("summary", has_text="Organization:").click()
    page.get_by_role("button", name="Brightwater Foods").click()
    expect(page.locator("summary", has_text="Organization:")).to_contain_text("Brightwater")
    expect(matter).to_have_count(0)
    # A link into the other organization shows the ticket and offers to switch.
    page.goto(ticket)
    expect(page.get_by_role("heading", level=1)).to_have_text("A matter of Bolt")
    page.get_by_role("button", name="Switch to Bolt Works").click()
    page.goto("/support/")
    expect(matter).to_be_visible()
