"""Second factors and passkeys, which a site can enable."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.signin.test_code import ask_for_code, code_in, enter
from tests.signin.tokens import ISSUER, send_token, token, user_of

DEEP = "/support/new/"


def current_app_code(secret: str) -> str:
    counter = next(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def secret(dana):
    """The secret of Dana's authenticator app."""
    found = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(dana.user, found)
    return found


def assert_second_factor_requested(browser, response):
    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert user_of(browser) is None
    page = browser.get(response.url)
    assert "One more step" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_second_factor_is_required_after_the_code(client, home, dana, secret):
    ask_for_code(client, dana.email, f"/accounts/login/?next={DEEP}")
    response = enter(client, code_in(mail.outbox[0]), f"/accounts/login/code/confirm/?next={DEEP}")
    assert_second_factor_requested(client, response)
    assert client.get("/support/").status_code == 302
    response = client.post(response.url, {"code": current_app_code(secret)})
    assert response.url == DEEP
    assert user_of(client) == str(dana.user.pk)


def test_wrong_code_of_the_app_is_rejected(client, home, dana, secret):
    ask_for_code(client, dana.email)
    url = enter(client, code_in(mail.outbox[0])).url
    page = client.post(url, {"code": "000000"}).content.decode()
    assert 'aria-invalid="true"' in page
    assert user_of(client) is None


def test_code_that_was_used_already_says_to_wait_for_the_next_one(home, dana, secret):
    code, pages = current_app_code(secret), []
    for _number in range(2):
        browser = Client()
        ask_for_code(browser, dana.email)
        url = enter(browser, code_in(mail.outbox[-1])).url
        pages.append(browser.post(url, {"code": code}))
    assert pages[0].status_code == 302
    assert "Wait for the next code in your app." in pages[1].content.decode()
    assert "Wait for" not in browser.post(url, {"code": "000000"}).content.decode()


def test_second_factor_is_required_after_a_jwt(client, home, dana, secret, settings):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER]}
    response = send_token(client, token(dana.email), return_to=DEEP)
    assert_second_factor_requested(client, response)
    assert client.post(response.url, {"code": current_app_code(secret)}).url == DEEP


def test_second_factor_is_not_required_without_an_app(client, home, acme, dana, secret):
    from tests import factories

    kim = factories.member(acme, "kim@acme.example")
    ask_for_code(client, kim.email)
    assert enter(client, code_in(mail.outbox[0])).url == "/support/"


def open_page(browser, url, address):
    """Return the page at ``url``, after entering a verification code where allauth asks for one
    (since 65.22)."""
    page = browser.get(url)
    if page.status_code == 302:
        response = browser.post(page.url, {"recipient": address})
        response = browser.post(response.url, {"code": code_in(mail.outbox[-1])})
        page = browser.get(response.url)
    return page


def test_customer_can_set_up_an_app(client, home, dana):
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    url = reverse("wagtail_portal_signin:mfa_activate_totp")
    page = open_page(client, url, dana.email)
    assert page.status_code == 200
    assert "portal--factors" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    shown = page.context["form"].secret
    assert client.post(url, {"code": current_app_code(shown)}).status_code == 302
    assert get_adapter().is_mfa_enabled(dana.user)
    assert Authenticator.objects.filter(user=dana.user, type="recovery_codes").exists()


def test_menu_links_to_the_pages(as_member, home, dana):
    browser = as_member(dana)
    assert (
        f'href="{reverse("wagtail_portal_signin:mfa_index")}"'
        in browser.get("/support/").content.decode()
    )
    page = browser.get(reverse("wagtail_portal_signin:mfa_index"))
    assert page.status_code == 200
    assert "portal--factors" in page.content.decode()
    # A page of the portal, with a way back.
    assert 'class="portal-back" href="/support/profile/"' in page.content.decode()


@pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_list_webauthn"])
def test_passkey_pages_exist(client, home, dana, name):
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    page = open_page(client, reverse(f"wagtail_portal_signin:{name}"), dana.email)
    assert page.status_code == 200
    assert "portal--factors" in page.content.decode()


def test_sign_in_page_offers_passkeys(client, home):
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in with a passkey" in page
    # Scripts are files, so a strict policy doesn't block them.
    assert "mfa/js/webauthn.js" in page


def test_pages_require_signing_in(home):
    response = Client().get(reverse("wagtail_portal_signin:mfa_index"))
    assert response.url.startswith("/accounts/login/")


def test_recovery_code_works_once(home, dana, secret):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    code = RecoveryCodes.activate(dana.user).get_unused_codes()[0]
    for signed_in in (True, False):
        browser = Client()
        ask_for_code(browser, dana.email)
        url = enter(browser, code_in(mail.outbox[-1])).url
        browser.post(url, {"code": code})
        assert bool(user_of(browser)) is signed_in
