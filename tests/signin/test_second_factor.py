"""Second factors and passkeys, which a site may switch on."""

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

from tests.signin.test_code import ask, code_in, enter
from tests.signin.tokens import ISSUER, arrive, token, user_of

DEEP = "/support/new/"


def shown_by_the_app(secret: str) -> str:
    counter = next(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def secret(dana):
    """Of Dana's authenticator app."""
    found = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(dana.user, found)
    return found


def asked_for_the_factor(browser, response):
    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert user_of(browser) is None
    page = browser.get(response.url)
    assert "One more step" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_who_has_an_app_is_asked_after_the_code(client, home, dana, secret):
    ask(client, dana.email, f"/accounts/login/?next={DEEP}")
    response = enter(client, code_in(mail.outbox[0]), f"/accounts/login/code/confirm/?next={DEEP}")
    asked_for_the_factor(client, response)
    assert client.get("/support/").status_code == 302
    response = client.post(response.url, {"code": shown_by_the_app(secret)})
    assert response.url == DEEP
    assert user_of(client) == str(dana.user.pk)


def test_wrong_code_of_the_app(client, home, dana, secret):
    ask(client, dana.email)
    url = enter(client, code_in(mail.outbox[0])).url
    page = client.post(url, {"code": "000000"}).content.decode()
    assert 'aria-invalid="true"' in page
    assert user_of(client) is None


def test_who_comes_from_the_dashboard_is_asked_too(client, home, dana, secret, settings):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER]}
    response = arrive(client, token(dana.email), return_to=DEEP)
    asked_for_the_factor(client, response)
    assert client.post(response.url, {"code": shown_by_the_app(secret)}).url == DEEP


def test_others_are_not_asked(client, home, acme, dana, secret):
    from tests import factories

    kim = factories.member(acme, "kim@acme.example")
    ask(client, kim.email)
    assert enter(client, code_in(mail.outbox[0])).url == "/support/"


def opened(browser, url, address):
    """The page at ``url``, after a verification code where allauth asks for one (since 65.22)."""
    page = browser.get(url)
    if page.status_code == 302:
        response = browser.post(page.url, {"recipient": address})
        response = browser.post(response.url, {"code": code_in(mail.outbox[-1])})
        page = browser.get(response.url)
    return page


def test_customer_sets_up_an_app(client, home, dana):
    ask(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    url = reverse("mfa_activate_totp")
    page = opened(client, url, dana.email)
    assert page.status_code == 200
    assert "portal--factors" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    shown = page.context["form"].secret
    assert client.post(url, {"code": shown_by_the_app(shown)}).status_code == 302
    assert get_adapter().is_mfa_enabled(dana.user)
    assert Authenticator.objects.filter(user=dana.user, type="recovery_codes").exists()


def test_menu_leads_there(as_member, home, dana):
    browser = as_member(dana)
    assert f'href="{reverse("mfa_index")}"' in browser.get("/support/").content.decode()
    page = browser.get(reverse("mfa_index"))
    assert page.status_code == 200
    assert "portal--factors" in page.content.decode()


@pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_list_webauthn"])
def test_pages_of_passkeys_are_there(client, home, dana, name):
    ask(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    page = opened(client, reverse(name), dana.email)
    assert page.status_code == 200
    assert "portal--factors" in page.content.decode()


def test_sign_in_page_offers_a_passkey(client, home):
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in with a passkey" in page
    # Scripts are files: nothing that a strict policy would refuse.
    assert "mfa/js/webauthn.js" in page


def test_pages_are_for_who_is_signed_in(home):
    response = Client().get(reverse("mfa_index"))
    assert response.url.startswith("/accounts/login/")


def test_recovery_code_comes_in_once(home, dana, secret):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    code = RecoveryCodes.activate(dana.user).get_unused_codes()[0]
    for signed_in in (True, False):
        browser = Client()
        ask(browser, dana.email)
        url = enter(browser, code_in(mail.outbox[-1])).url
        browser.post(url, {"code": code})
        assert bool(user_of(browser)) is signed_in
