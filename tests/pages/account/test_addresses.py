"""People manage the email addresses that they sign in with."""

import pytest
from allauth.account import views
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from tests import factories
from tests.signin.test_addresses import sign_in
from tests.signin.test_code import code_in
from tests.signin.test_reauthentication import confirm, later, request_code, signed_in
from wagtail_portal import actions
from wagtail_portal.models import JoinRequest, Member, Role

URL = "/support/profile/addresses/"
NEW = "dana@home.example"


pytestmark = pytest.mark.skipif(
    not hasattr(views, "ConfirmReauthenticationCodeView"),
    reason="allauth asks for a code since version 65.22",
)


def confirmed(member) -> Client:
    """A browser in which the member has signed in and just confirmed that it's them."""
    browser = signed_in(member)
    request_code(browser, member.email)
    confirm(browser, code_in(mail.outbox.pop()))
    return browser


@pytest.fixture
def browser(home, dana):
    """Dana's browser."""
    return confirmed(dana)


def add(browser, email=NEW):
    return browser.post(URL, {"action": "add", "email": email})


def verify(browser, code=None):
    code = code or code_in(next(row for row in mail.outbox[::-1] if "verification" in row.subject))
    return browser.post(URL, {"action": "verify", "code": code})


def shown(browser) -> list[str]:
    page = BeautifulSoup(browser.get(URL).content, "html.parser")
    return [row.get_text() for row in page.select(".portal-sessions__row > strong")]


def error(browser, response) -> str:
    """The error on the page, or on the one that it redirects to."""
    if response.status_code == 302:
        response = browser.get(response.url)
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.select_one(".portal-error, .portal-notice--error").get_text(" ").split())


def test_profile_leads_there(browser, dana):
    assert URL in browser.get("/support/profile/").content.decode()
    assert shown(browser) == [dana.email]


def test_address_is_added_only_with_its_code(browser):
    assert add(browser, f"Dana <{NEW.upper()}>").url == URL
    assert [row.to for row in mail.outbox] == [[NEW]]
    assert "We’ve sent a code to" in browser.get(URL).content.decode()
    assert not EmailAddress.objects.filter(email=NEW).exists()


def test_whole_life_of_an_address(browser, dana, acme):
    add(browser)
    assert [row.to for row in mail.outbox] == [[NEW]]
    assert verify(browser).url == URL
    assert shown(browser) == [dana.email, NEW]
    notice = mail.outbox[-1]
    assert notice.to == [dana.email]
    assert f"{NEW} was added to your account" in notice.body
    assert sign_in(Client(), NEW) == str(dana.user_id)

    mail.outbox.clear()
    browser.post(URL, {"action": "primary", "address": NEW})
    assert shown(browser) == [NEW, dana.email]
    assert Member.objects.get(pk=dana.pk).email == NEW
    assert {row.to[0] for row in mail.outbox} == {dana.email, NEW}
    assert f"now go to {NEW}" in mail.outbox[0].body
    assert sign_in(Client(), dana.email) == sign_in(Client(), NEW) == str(dana.user_id)

    mail.outbox.clear()
    browser.post(URL, {"action": "remove", "address": dana.email})
    assert shown(browser) == [NEW]
    assert {row.to[0] for row in mail.outbox} == {dana.email, NEW}
    assert sign_in(Client(), dana.email) is None
    assert sign_in(Client(), NEW) == str(dana.user_id)


def test_admins_of_the_organization_see_that_it_happened(browser, as_member, acme):
    add(browser)
    verify(browser)
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    history = admin.get("/support/members/history/").content.decode()
    assert "Dana Reyes added an email address" in history
    assert NEW not in history


def test_primary_address_is_not_removed(browser, dana):
    browser.post(URL, {"action": "remove", "address": dana.email})
    assert shown(browser) == [dana.email]


def test_only_a_verified_address_of_ones_own_becomes_primary(browser, dana, acme):
    other = factories.member(acme, "other@acme.example")
    for email in (other.email, "nobody@acme.example"):
        browser.post(URL, {"action": "primary", "address": email})
    assert Member.objects.get(pk=dana.pk).email == dana.email


def test_wrong_code_and_too_many_attempts(browser):
    add(browser)
    right = code_in(mail.outbox[-1])
    assert "isn’t correct" in error(browser, verify(browser, "BBBB-BBBB"))
    for _attempt in range(5):
        response = verify(browser, "BBBB-BBBB")
    assert "expired" in error(browser, response)
    assert "expired" in error(browser, verify(browser, right))
    assert not EmailAddress.objects.filter(email=NEW).exists()


def test_code_expires(browser, monkeypatch, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 10_000
    add(browser)
    later(monkeypatch, 3600)
    assert "expired" in error(browser, verify(browser))
    # One click sends another one.
    assert f'value="{NEW}"' in browser.get(URL).content.decode()
    assert not EmailAddress.objects.filter(email=NEW).exists()


def test_code_is_for_one_session_and_one_address(browser, dana):
    add(browser)
    code = code_in(mail.outbox[-1])
    # Otherwise, there are too many codes for one minute.
    factories.forget_limits()
    other = confirmed(dana)
    assert "expired" in error(other, verify(other, code))
    browser.post(URL, {"action": "cancel"})
    add(browser, "dana@third.example")
    assert "isn’t correct" in error(browser, verify(browser, code))


def test_new_code_replaces_the_former_one(browser):
    add(browser)
    first = code_in(mail.outbox[-1])
    browser.post(URL, {"action": "resend"})
    assert "isn’t correct" in error(browser, verify(browser, first))
    assert verify(browser).url == URL


def test_answer_does_not_tell_who_has_an_account(browser, acme):
    other = factories.member(acme, "other@acme.example")
    add(browser, other.email)
    assert "We’ve sent a code to" in browser.get(URL).content.decode()
    assert [row.to for row in mail.outbox] == [[other.email]]
    # Only who reads email there learns it.
    assert "belongs to another account" in error(browser, verify(browser))
    assert not EmailAddress.objects.filter(email=other.email, verified=True).exists()


def test_address_that_only_tried_to_sign_in_is_free(browser, dana):
    organization = factories.organization("Home", verified_domains=["home.example"])
    stranger = sign_in(Client(), NEW)
    assert JoinRequest.objects.get(organization=organization).user.pk == int(stranger)
    add(browser)
    verify(browser)
    assert sign_in(Client(), NEW) == str(dana.user_id)


def test_visitor_account_is_left_to_the_team(browser):
    actions.save_visitor(NEW)
    add(browser)
    assert "merge them" in error(browser, verify(browser))


def test_address_is_used_once(browser, dana):
    assert "already use" in error(browser, add(browser, f"Dana <{dana.email}>"))
    assert not mail.outbox


@pytest.mark.parametrize("typed", ["", "dana", "a@home.example, b@home.example"])
def test_error_is_next_to_the_field_and_nothing_typed_is_lost(browser, typed):
    response = add(browser, typed)
    assert response.status_code == 200
    assert error(browser, response)
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("[name=email][type=email]").get("value", "") == typed


def test_number_is_limited(browser, settings):
    settings.WAGTAIL_PORTAL = {"ADDRESSES_PER_PERSON": 2}
    add(browser)
    verify(browser)
    assert "Remove one first" in error(browser, add(browser, "dana@third.example"))


def test_page_can_be_switched_off(browser, settings):
    settings.WAGTAIL_PORTAL = {"ADDRESSES_PER_PERSON": 1}
    assert URL not in browser.get("/support/profile/").content.decode()
    assert browser.get(URL).status_code == 404


def test_codes_are_limited(browser, settings):
    settings.WAGTAIL_PORTAL = {"ADDRESS_CODES_PER_HOUR": 2}
    for number in range(3):
        browser.post(URL, {"action": "cancel"})
        response = add(browser, f"dana@number{number}.example")
    assert "Too many attempts" in response.content.decode()
    assert len(mail.outbox) == 2


def test_long_after_signing_in_people_confirm_that_it_is_them(browser, monkeypatch, dana):
    later(monkeypatch, 3600)
    assert browser.get(URL).status_code == 200
    response = add(browser)
    assert response.url.startswith("/accounts/reauthenticate/code/")
    assert not mail.outbox
    # What was typed waits until then.
    response = browser.post(response.url, {"recipient": dana.email})
    code = code_in(mail.outbox.pop())
    response = browser.post(response.url, {"action": "verify", "code": code}, follow=True)
    assert [row.to for row in mail.outbox] == [[NEW]]
    assert verify(browser).url == URL


def test_team_members_and_strangers_get_nowhere(client, home, acme):
    assert client.get(URL).status_code == 302
    agent = factories.agent(email="robin@company.example")
    factories.member(acme, agent.email)
    browser = Client()
    browser.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(URL).status_code == 404
    assert add(browser).status_code == 404


def test_agent_who_views_as_the_member_changes_nothing(client, home, dana):
    manager = factories.staff("Support managers", is_superuser=True)
    client.force_login(manager)
    client.post("/support/view-as/", {"member": dana.pk})
    page = client.get(URL).content.decode()
    assert dana.email in page
    assert 'name="action"' not in page
    assert add(client).status_code == 403


def test_address_of_another_user_stays_theirs_on_simultaneous_requests(browser, dana, acme):
    """Someone verifies the address between the code and its being entered."""
    add(browser)
    other = get_user_model().objects.create(username="x", email="x@acme.example")
    Member.objects.create(user=other, organization=acme, role=dana.role)
    EmailAddress.objects.create(user=other, email=NEW, verified=True)
    assert "belongs to another account" in error(browser, verify(browser))
    assert EmailAddress.objects.get(email=NEW).user == other
