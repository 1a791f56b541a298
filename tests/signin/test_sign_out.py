"""Whoever signs out of the dashboard is signed out of the portal, too."""

import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests import factories
from tests.signin.test_code import ask, code_in, enter
from tests.signin.test_second_factor import secret, shown_by_the_app  # noqa: F401
from tests.signin.tokens import EC, ISSUER, SECRET, arrive, claims, forge, sign, token, user_of
from wagtail_portal import actions
from wagtail_portal.models import TokenSession, TokenSignOut

FRONT = "/accounts/jwt/dashboard/logout/"
BACK = "/accounts/jwt/dashboard/backchannel-logout/"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(autouse=True)
def dashboard(settings):
    """``dashboard(**changes)``: the issuer, with other settings."""

    def configure(**changes):
        settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, **changes}]}

    configure()
    return configure


def logout_claims(**changes) -> dict:
    """What a logout token says; a change to None leaves the claim out."""
    said = claims("", email=None, sub="u-1", events={EVENT: {}}) | changes
    return {key: value for key, value in said.items() if value is not None}


def logout_token(**changes) -> str:
    return sign(logout_claims(**changes), typ="logout+jwt")


def tell(sent: str, *, url=BACK, **kwargs):
    """The dashboard's server tells the portal, without a browser."""
    return Client(enforce_csrf_checks=True).post(url, {"logout_token": sent}, **kwargs)


def browser_of(member, **said) -> Client:
    """A browser that came with a token."""
    found = Client()
    arrive(found, token(member.email, **said))
    assert is_in(found)
    return found


def is_in(browser) -> bool:
    return browser.get("/support/").status_code == 200


# The front channel


def test_redirect_ends_the_session_and_goes_on(home, dana):
    browser = browser_of(dana)
    response = browser.get(FRONT, {"return_to": "https://dashboard.example/bye/?x=1#y"})
    assert response.url == "https://dashboard.example/bye/?x=1#y"
    assert "no-store" in response["Cache-Control"]
    assert not is_in(browser)
    # The next person in this browser finds nothing, not even with the cookie of before.
    assert not Session.objects.exists()


def test_without_a_page_to_return_to_they_see_that_they_are_out(home, dana, dashboard):
    browser = browser_of(dana)
    page = browser.get(FRONT, follow=True)
    assert page.redirect_chain == [("/accounts/login/", 302)]
    assert "You’ve signed out." in page.content.decode()
    dashboard(at_once=True)
    assert browser_of(dana).get(FRONT).url == "/accounts/login/?with=code"


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"),
        *("https://dashboard.example@evil.example/", "https://dashboard.example.evil.example/"),
        *("https://dashboard.example\\@evil.example/", "http://dashboard.example/"),
        *("https://evil.example/https://dashboard.example/", "https://[dashboard.example/"),
        *("https:dashboard.example", "https://dashboard.example:444/", "/x" * 1200),
    ],
)
def test_open_redirect_after_signing_out(home, dana, target):
    browser = browser_of(dana)
    response = browser.get(FRONT, {"return_to": target})
    assert response.url == "/accounts/login/"
    # What matters most happens anyway.
    assert not is_in(browser)
    entry = ModelLogEntry.objects.get(action="wagtail_portal.record_refusal")
    assert entry.data["reason"] == "return_to"


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"logout_url": "https://id.example/logout/"}, "https://id.example/done"),
        ({"origins": ["https://app.example"]}, "https://app.example/"),
        ({}, "http://testserver/support/"),
        ({}, "/support/"),
    ],
)
def test_pages_of_the_issuer_and_the_portal_can_follow(home, dana, dashboard, changes, target):
    dashboard(**changes)
    assert browser_of(dana).get(FRONT, {"return_to": target}).url == target


def test_redirect_ends_no_session_of_somebody_who_came_in_another_way(home, dana, client):
    ask(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    client.get(FRONT)
    assert is_in(client)


def test_redirect_of_another_issuer_ends_nothing(home, dana, settings):
    browser = browser_of(dana)
    other = {**ISSUER, "key": "other", "issuer": "https://other.example"}
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER, other]}
    browser.get("/accounts/jwt/other/logout/")
    assert is_in(browser)
    assert Client().get("/accounts/jwt/nobody/logout/").status_code == 404


def test_redirect_that_names_another_session_ends_nothing(home, dana):
    browser = browser_of(dana, sid="s-1")
    browser.get(FRONT, {"sid": "s-2"})
    assert is_in(browser)
    browser.get(FRONT, {"sid": "s-1"})
    assert not is_in(browser)


@pytest.mark.parametrize("method", ["head", "post", "put"])
def test_only_a_redirect_is_the_front_channel(home, dana, method):
    browser = browser_of(dana)
    assert getattr(browser, method)(FRONT).status_code == 405
    assert is_in(browser)


# The back channel


def test_token_ends_the_sessions_of_its_subject_everywhere(home, acme, dana):
    kim = factories.member(acme, "kim@acme.example")
    here, there = browser_of(dana, sub="u-1"), browser_of(dana, sub="u-1")
    other = browser_of(kim, sub="u-2")
    response = tell(logout_token())
    assert response.status_code == 200
    assert response.content == b""
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert [is_in(here), is_in(there), is_in(other)] == [False, False, True]
    # They can come back.
    assert arrive(here, token(dana.email, sub="u-1")).status_code == 302
    assert is_in(here)


def test_token_ends_one_session_of_its_subject(home, dana):
    one, two = browser_of(dana, sub="u-1", sid="s-1"), browser_of(dana, sub="u-1", sid="s-2")
    unnamed = browser_of(dana, sub="u-1")
    assert tell(logout_token(sid="s-1")).status_code == 200
    # Of a session without a name nobody knows whether it's the one that ended.
    assert [is_in(one), is_in(two), is_in(unnamed)] == [False, True, False]
    assert tell(logout_token(sub=None, sid="s-2")).status_code == 200
    assert not is_in(two)


def test_who_has_no_subject_is_known_by_the_address(home, dana):
    browser = browser_of(dana)
    tell(logout_token(sub=dana.email))
    assert not is_in(browser)


def test_numbers_identify_people_as_well(home, dana):
    browser = browser_of(dana, sub=42)
    assert tell(logout_token(sub=42)).status_code == 200
    assert not is_in(browser)


def test_code_is_no_session_of_the_issuer(home, dana, client):
    ask(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    assert tell(logout_token(sub=dana.email)).status_code == 200
    assert is_in(client)


def test_who_is_out_already_is_out(home):
    assert tell(logout_token()).status_code == 200


@pytest.mark.parametrize("engine", ["cache", "cached_db", "file"])
def test_sessions_end_wherever_the_site_stores_them(home, dana, settings, engine, tmp_path):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    browser = browser_of(dana, sub="u-1")
    tell(logout_token())
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "another.example"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        *(({name: None}, "claims") for name in ("iss", "aud", "iat", "exp", "jti", "events")),
        ({"nonce": "x"}, "claims"),
        ({"nonce": None, "sub": None}, "claims"),
        *(
            ({"events": value}, "claims")
            for value in ({}, EVENT, [EVENT], {EVENT: True}, {EVENT: None}, {"other": {}})
        ),
        *(({"sub": value}, "claims") for value in (["u-1"], {"u": 1}, True, "x" * 400)),
        ({"sid": ["s-1"]}, "claims"),
        ({"iat": 1, "exp": 2}, "expired"),
    ],
)
def test_token_that_is_no_logout_token(home, dana, caplog, changes, reason):
    browser = browser_of(dana, sub="u-1")
    said = logout_claims()
    said = {key: value for key, value in {**said, **changes}.items() if value is not None}
    refused(tell(sign(said)), reason, caplog)
    assert is_in(browser)


def refused(response, reason, caplog):
    """The dashboard and the team learn the reason."""
    assert response.status_code == 400
    assert "no-store" in response["Cache-Control"]
    assert response.json() == {"error": "invalid_request", "error_description": reason}
    logged = [row.getMessage() for row in caplog.records if row.levelno >= logging.WARNING]
    assert any(f"Sign-out by Acme Dashboard refused: {reason}" in line for line in logged), logged
    entry = ModelLogEntry.objects.get(action="wagtail_portal.record_refusal")
    assert (entry.data["reason"], entry.data["sign_out"]) == (reason, True)


def test_forged_token_ends_nothing(home, dana, caplog):
    browser = browser_of(dana, sub="u-1")
    refused(tell(forge(logout_claims(), "x" * 64)), "signature", caplog)
    ModelLogEntry.objects.all().delete()
    refused(tell(sign(logout_claims(), alg="ES256", key=EC["ES256"])), "algorithm", caplog)
    assert is_in(browser)
    assert not TokenSignOut.objects.exists()


@pytest.mark.parametrize("sent", ["", "x", "a.b.c"])
def test_no_token(home, caplog, sent):
    refused(tell(sent), "malformed", caplog)


def test_token_that_was_used_before_ends_nothing(home, dana, caplog):
    sent = logout_token()
    assert tell(sent).status_code == 200
    browser = browser_of(dana, sub="u-1")
    refused(tell(sent), "replay", caplog)
    assert is_in(browser)


def test_each_kind_of_token_is_good_for_one_thing(home, dana, client):
    assert tell(token(dana.email, sub="u-1")).status_code == 400
    assert arrive(client, logout_token(email=dana.email)).status_code == 403
    typed = sign(claims(dana.email), typ="logout+jwt")
    assert arrive(client, typed).status_code == 403
    assert user_of(client) is None


def test_back_channel_takes_a_form_by_post(home):
    assert Client().get(BACK, {"logout_token": logout_token()}).status_code == 405
    sent = {"logout_token": logout_token()}
    assert Client().post(BACK, sent, content_type="application/json").status_code == 400
    assert tell(logout_token(), url="/accounts/jwt/nobody/backchannel-logout/").status_code == 404


def test_secret_and_token_are_not_in_the_answer(home):
    sent = forge(logout_claims(), "x" * 64)
    body = tell(sent).content.decode()
    assert SECRET not in body
    assert sent not in body


# Tokens of before


@pytest.mark.parametrize("named", [{}, {"sid": "s-1", "sub": None}])
def test_token_from_before_the_sign_out_is_refused(home, dana, client, named):
    now = claims(dana.email)["iat"]
    early = token(dana.email, sub="u-1", sid="s-1", iat=now - 20)
    assert tell(logout_token(**named)).status_code == 200
    response = arrive(client, early)
    assert response.status_code == 403
    assert "This sign-in link has expired" in response.content.decode()
    assert user_of(client) is None


def test_signing_out_before_the_second_factor(home, dana, client, secret):  # noqa: F811
    now = claims(dana.email)["iat"]
    response = arrive(client, token(dana.email, sub="u-1", iat=now - 20))
    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert tell(logout_token()).status_code == 200
    response = client.post(response.url, {"code": shown_by_the_app(secret)}, follow=True)
    assert "You’ve signed out in the meantime." in response.content.decode()
    assert user_of(client) is None


def test_redirect_before_the_second_factor(home, dana, client, secret):  # noqa: F811
    response = arrive(client, token(dana.email))
    client.get(FRONT)
    client.post(response.url, {"code": shown_by_the_app(secret)})
    assert user_of(client) is None


# Sessions whose keys change, end and are forgotten


def test_session_that_goes_on_after_signing_out_elsewhere_can_be_ended(home, dana):
    browser, elsewhere = browser_of(dana, sub="u-1"), browser_of(dana, sub="u-1")
    browser.post("/support/profile/sign-out/")
    assert is_in(browser)
    tell(logout_token())
    assert not is_in(browser)
    assert not is_in(elsewhere)


def test_records_of_sessions_are_forgotten_with_them(home, dana):
    browser_of(dana)
    gone = browser_of(dana)
    gone.post("/accounts/logout/")
    tell(logout_token(sub="somebody"))
    later = timezone.now() + timedelta(days=30)
    assert actions.discard_token_sessions() == 0
    assert TokenSignOut.objects.count() == 1
    assert actions.discard_token_sessions(at=later) == 1
    assert TokenSession.objects.count() == 1
    assert not TokenSignOut.objects.exists()
    call_command("discard_uploads")


def test_erased_person_leaves_no_record(home, dana):
    browser_of(dana)
    actions.erase_member(dana, by=factories.SYSTEM, remove_texts=False)
    assert not TokenSession.objects.exists()


# Words


def test_page_that_asks_says_how_to_come_back(home, dana, client, dashboard):
    ask(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    assert "a new code to sign in again" in client.get("/accounts/logout/").content.decode()
    browser = browser_of(dana)
    page = browser.get("/accounts/logout/").content.decode()
    assert "new code" not in page
    assert "You’ll stay signed in to Acme Dashboard" in page
    page = browser.post("/accounts/logout/", follow=True).content.decode()
    assert "You’re still signed in to Acme Dashboard." in page
    dashboard(logout_url="https://dashboard.example/logout/")
    page = browser_of(dana).get("/accounts/logout/").content.decode()
    assert "You’ll be signed out of Acme Dashboard as well." in page
