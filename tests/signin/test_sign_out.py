"""Signing out of the portal by signing out of the dashboard."""

import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from tests.signin.test_second_factor import current_app_code, secret  # noqa: F401
from tests.signin.tokens import EC, ISSUER, SECRET, claims, forge, send_token, sign, token, user_of
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
    """Return the claims of a logout token; ``None`` omits one."""
    said = claims("", email=None, sub="u-1", events={EVENT: {}}) | changes
    return {key: value for key, value in said.items() if value is not None}


def logout_token(**changes) -> str:
    return sign(logout_claims(**changes), typ="logout+jwt")


def send_logout_token(sent: str, *, url=BACK, **kwargs):
    """Send a logout token from the dashboard's server."""
    return Client(enforce_csrf_checks=True).post(url, {"logout_token": sent}, **kwargs)


def browser_of(member, **said) -> Client:
    """Return a browser that a token has signed in."""
    found = Client()
    send_token(found, token(member.email, **said))
    assert is_in(found)
    return found


def is_in(browser) -> bool:
    return browser.get("/support/").status_code == 200


# The front channel


def test_front_channel_ends_the_session_and_redirects(home, dana):
    browser = browser_of(dana)
    response = browser.get(FRONT, {"return_to": "https://dashboard.example/bye/?x=1#y"})
    assert response.url == "https://dashboard.example/bye/?x=1#y"
    assert "no-store" in response["Cache-Control"]
    assert not is_in(browser)
    assert not Session.objects.exists()


def test_front_channel_without_return_url_shows_the_sign_in_page(home, dana, dashboard):
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
def test_open_redirects_after_signing_out_are_ignored(home, dana, target):
    browser = browser_of(dana)
    response = browser.get(FRONT, {"return_to": target})
    assert response.url == "/accounts/login/"
    # The session ends anyway.
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
def test_return_url_can_be_at_the_issuer_or_in_the_portal(home, dana, dashboard, changes, target):
    dashboard(**changes)
    assert browser_of(dana).get(FRONT, {"return_to": target}).url == target


def test_front_channel_keeps_sessions_opened_with_a_code(home, dana, client):
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    client.get(FRONT)
    assert is_in(client)


def test_front_channel_keeps_sessions_of_other_issuers(home, dana, settings):
    browser = browser_of(dana)
    other = {**ISSUER, "key": "other", "issuer": "https://other.example"}
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER, other]}
    browser.get("/accounts/jwt/other/logout/")
    assert is_in(browser)
    assert Client().get("/accounts/jwt/nobody/logout/").status_code == 404


def test_front_channel_respects_the_sid(home, dana):
    browser = browser_of(dana, sid="s-1")
    browser.get(FRONT, {"sid": "s-2"})
    assert is_in(browser)
    browser.get(FRONT, {"sid": "s-1"})
    assert not is_in(browser)


@pytest.mark.parametrize("method", ["head", "post", "put"])
def test_front_channel_only_accepts_get(home, dana, method):
    browser = browser_of(dana)
    assert getattr(browser, method)(FRONT).status_code == 405
    assert is_in(browser)


# The back channel


def test_logout_token_ends_all_sessions_of_its_subject(home, acme, dana):
    kim = factories.member(acme, "kim@acme.example")
    here, there = browser_of(dana, sub="u-1"), browser_of(dana, sub="u-1")
    other = browser_of(kim, sub="u-2")
    response = send_logout_token(logout_token())
    assert response.status_code == 200
    assert response.content == b""
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert [is_in(here), is_in(there), is_in(other)] == [False, False, True]
    # They can sign in again.
    assert send_token(here, token(dana.email, sub="u-1")).status_code == 302
    assert is_in(here)


def test_logout_token_respects_the_sid(home, dana):
    one, two = browser_of(dana, sub="u-1", sid="s-1"), browser_of(dana, sub="u-1", sid="s-2")
    unnamed = browser_of(dana, sub="u-1")
    assert send_logout_token(logout_token(sid="s-1")).status_code == 200
    # A session without a sid could be the one that ended.
    assert [is_in(one), is_in(two), is_in(unnamed)] == [False, True, False]
    assert send_logout_token(logout_token(sub=None, sid="s-2")).status_code == 200
    assert not is_in(two)


def test_address_is_the_subject_of_tokens_without_sub(home, dana):
    browser = browser_of(dana)
    send_logout_token(logout_token(sub=dana.email))
    assert not is_in(browser)


def test_subject_can_be_a_number(home, dana):
    browser = browser_of(dana, sub=42)
    assert send_logout_token(logout_token(sub=42)).status_code == 200
    assert not is_in(browser)


def test_logout_token_keeps_sessions_opened_with_a_code(home, dana, client):
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    assert send_logout_token(logout_token(sub=dana.email)).status_code == 200
    assert is_in(client)


@pytest.mark.parametrize("value", ["\ud800", "a\x00b", "\u202e", "x\n"])
def test_any_text_can_be_the_subject(home, dana, value):
    browser = Client()
    send_token(browser, forge(claims(dana.email, sub=value, sid=value)))
    assert is_in(browser)
    sent = forge(logout_claims(sub=value, sid=value))
    assert send_logout_token(sent).status_code == 200
    assert not is_in(browser)


def test_signing_out_without_a_session_succeeds(home):
    assert send_logout_token(logout_token()).status_code == 200


@pytest.mark.parametrize("engine", ["cache", "cached_db", "file"])
def test_sessions_end_with_any_session_engine(home, dana, settings, engine, tmp_path):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    browser = browser_of(dana, sub="u-1")
    send_logout_token(logout_token())
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
def test_invalid_logout_token_is_refused(home, dana, caplog, changes, reason):
    browser = browser_of(dana, sub="u-1")
    said = logout_claims()
    said = {key: value for key, value in {**said, **changes}.items() if value is not None}
    refused(send_logout_token(sign(said)), reason, caplog)
    assert is_in(browser)


def refused(response, reason, caplog):
    """Check that the dashboard and the team see the reason."""
    assert response.status_code == 400
    assert "no-store" in response["Cache-Control"]
    assert response.json() == {"error": "invalid_request", "error_description": reason}
    logged = [row.getMessage() for row in caplog.records if row.levelno >= logging.WARNING]
    assert any(f"Sign-out by Acme Dashboard refused: {reason}" in line for line in logged), logged
    entry = ModelLogEntry.objects.get(action="wagtail_portal.record_refusal")
    assert (entry.data["reason"], entry.data["sign_out"]) == (reason, True)


def test_forged_logout_token_is_refused(home, dana, caplog):
    browser = browser_of(dana, sub="u-1")
    refused(send_logout_token(forge(logout_claims(), "x" * 64)), "signature", caplog)
    ModelLogEntry.objects.all().delete()
    refused(
        send_logout_token(sign(logout_claims(), alg="ES256", key=EC["ES256"])), "algorithm", caplog
    )
    assert is_in(browser)
    assert not TokenSignOut.objects.exists()


@pytest.mark.parametrize("sent", ["", "x", "a.b.c"])
def test_malformed_logout_token_is_refused(home, caplog, sent):
    refused(send_logout_token(sent), "malformed", caplog)


def test_logout_token_can_be_used_once(home, dana, caplog):
    sent = logout_token()
    assert send_logout_token(sent).status_code == 200
    browser = browser_of(dana, sub="u-1")
    refused(send_logout_token(sent), "replay", caplog)
    assert is_in(browser)


def test_tokens_of_one_kind_cannot_be_used_as_the_other(home, dana, client):
    assert send_logout_token(token(dana.email, sub="u-1")).status_code == 400
    assert send_token(client, logout_token(email=dana.email)).status_code == 403
    typed = sign(claims(dana.email), typ="logout+jwt")
    assert send_token(client, typed).status_code == 403
    assert user_of(client) is None


def test_back_channel_requires_a_form_post_to_a_known_issuer(home):
    assert Client().get(BACK, {"logout_token": logout_token()}).status_code == 405
    sent = {"logout_token": logout_token()}
    assert Client().post(BACK, sent, content_type="application/json").status_code == 400
    assert (
        send_logout_token(
            logout_token(), url="/accounts/jwt/nobody/backchannel-logout/"
        ).status_code
        == 404
    )


def test_response_contains_no_secret_or_token(home):
    sent = forge(logout_claims(), "x" * 64)
    body = send_logout_token(sent).content.decode()
    assert SECRET not in body
    assert sent not in body


# Tokens from before a sign-out


@pytest.mark.parametrize("named", [{}, {"sid": "s-1", "sub": None}])
def test_token_issued_before_the_sign_out_is_refused(home, dana, client, named):
    now = claims(dana.email)["iat"]
    early = token(dana.email, sub="u-1", sid="s-1", iat=now - 20)
    assert send_logout_token(logout_token(**named)).status_code == 200
    response = send_token(client, early)
    assert response.status_code == 403
    assert "This sign-in link has expired" in response.content.decode()
    assert user_of(client) is None


def test_older_sign_out_that_arrives_later_does_not_replace_the_newer_one(home):
    now, who = timezone.now(), {"issuer": "dashboard", "subject": "u-1"}
    for seconds in (0, 30):
        before = now - timedelta(seconds=seconds)
        actions.sign_out_token_sessions(**who, issued_at=before)
        assert actions.was_signed_out(**who, issued_at=now - timedelta(seconds=10))
    later = now + timedelta(seconds=30)
    actions.sign_out_token_sessions(**who, issued_at=later)
    assert actions.was_signed_out(**who, issued_at=now + timedelta(seconds=10))


def test_sign_out_ends_a_sign_in_that_awaits_the_second_factor(home, dana, client, secret):  # noqa: F811
    now = claims(dana.email)["iat"]
    response = send_token(client, token(dana.email, sub="u-1", iat=now - 20))
    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert send_logout_token(logout_token()).status_code == 200
    response = client.post(response.url, {"code": current_app_code(secret)}, follow=True)
    assert "You’ve signed out in the meantime." in response.content.decode()
    assert user_of(client) is None


def test_front_channel_ends_a_sign_in_that_awaits_the_second_factor(home, dana, client, secret):  # noqa: F811
    response = send_token(client, token(dana.email))
    client.get(FRONT)
    client.post(response.url, {"code": current_app_code(secret)})
    assert user_of(client) is None


# Records


def test_logout_token_ends_a_session_whose_key_has_changed(home, dana):
    browser, elsewhere = browser_of(dana, sub="u-1"), browser_of(dana, sub="u-1")
    browser.post("/support/profile/sign-out/")
    assert is_in(browser)
    send_logout_token(logout_token())
    assert not is_in(browser)
    assert not is_in(elsewhere)


def test_records_of_ended_sessions_are_deleted(home, dana):
    browser_of(dana)
    gone = browser_of(dana)
    gone.post("/accounts/logout/")
    send_logout_token(logout_token(sub="somebody"))
    later = timezone.now() + timedelta(days=30)
    assert actions.discard_token_sessions() == 0
    assert TokenSignOut.objects.count() == 1
    assert actions.discard_token_sessions(at=later) == 1
    assert TokenSession.objects.count() == 1
    assert not TokenSignOut.objects.exists()


def test_refused_token_of_someone_else_ends_the_session(home, dana):
    browser = browser_of(dana, sub="u-1")
    assert send_token(browser, token("new@nowhere.example", sub="u-1")).status_code == 403
    assert is_in(browser)
    assert send_token(browser, token("new@nowhere.example", sub="u-2")).status_code == 403
    assert not is_in(browser)


def test_every_visit_from_the_dashboard_leads_to_its_page(home, dana):
    browser = Client()
    for number in range(4):
        sent = token(dana.email, sub="u-1", sid=f"s-{number}")
        url = f"/support/?q={number}"
        assert send_token(browser, sent, return_to=url).url == url
    # The session belongs to the last one.
    assert send_logout_token(logout_token(sid="s-1")).status_code == 200
    assert is_in(browser)
    assert send_logout_token(logout_token(sid="s-3")).status_code == 200
    assert not is_in(browser)


def test_erasing_a_person_deletes_their_records(home, dana):
    browser_of(dana)
    actions.erase_member(dana, by=factories.SYSTEM, remove_texts=False)
    assert not TokenSession.objects.exists()


# Texts


def test_sign_out_page_says_how_to_sign_in_again(home, dana, client, dashboard):
    ask_for_code(client, dana.email)
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
