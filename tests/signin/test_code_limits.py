"""Limits on requesting, resending and entering codes, and how the requested page is remembered."""

import time

import pytest
from django.core import mail, signing
from django.test import Client

from tests.signin.test_code import ask_for_code, code_in, enter
from wagtail_portal import actions
from wagtail_portal.signin.browsers import COOKIE

CONFIRM = "/accounts/login/code/confirm/"
DEEP = "/support/tickets/1001/?page=2"


def _later(monkeypatch, seconds):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


def test_one_address_gets_at_most_ten_codes_per_hour(home, dana, monkeypatch):
    for _minute in range(8):
        for address in (dana.email, dana.email.upper()):
            ask_for_code(Client(), address)
            ask_for_code(Client(), f" {address} ")
        _later(monkeypatch, 61)
    assert len(mail.outbox) == 10


def test_resent_codes_count_like_requested_ones(home, dana):
    browser = Client()
    ask_for_code(browser, dana.email)
    ask_for_code(Client(), dana.email)
    browser.post(CONFIRM, {"action": "resend"})
    response = browser.post(CONFIRM, {"action": "resend"}, follow=True)
    assert len(mail.outbox) == 3
    assert "Too many attempts" in response.content.decode()


@pytest.mark.parametrize("network", ["203.0.113.{}", "2001:db8:1:1::{}"])
def test_one_client_can_request_200_codes_per_hour(home, acme, monkeypatch, network):
    addresses = [f"person{number}@nowhere.example" for number in range(211)]
    refused = 0
    for number, address in enumerate(addresses):
        if number % 15 == 0:
            _later(monkeypatch, 61)
        # An IPv6 client has a whole network of addresses.
        host = network.format(number % 9 + 1 if ":" in network else 7)
        response = Client(REMOTE_ADDR=host).post("/accounts/login/", {"login": address})
        refused += "Too many attempts" in response.content.decode()
    assert refused == 11
    other = Client(REMOTE_ADDR="198.51.100.1").post("/accounts/login/", {"login": "a@b.example"})
    assert other.status_code == 302


def test_attempts_are_counted_per_address_across_browsers(home, dana, settings):
    settings.WAGTAIL_PORTAL = {"CODE_TRIES_PER_ADDRESS": 6}
    browsers = [Client(), Client()]
    for browser in browsers:
        ask_for_code(browser, dana.email)
        for _try in range(3):
            enter(browser, "BBBB-BBBB")
    response = enter(browsers[1], code_in(mail.outbox[1]))
    assert "Too many attempts" in response.content.decode()
    assert "_auth_user_id" not in browsers[1].session


def test_stale_copies_of_a_session_give_no_further_attempts(home, dana, settings):
    """Concurrent requests all read the session as it was before the first wrong code."""
    settings.WAGTAIL_PORTAL = {"CODE_TRIES_PER_ADDRESS": 6}
    browser = Client()
    ask_for_code(browser, dana.email)
    before = dict(browser.session.items())
    for _try in range(8):
        session = browser.session
        session.clear()
        session.update(before)
        session.save()
        response = enter(browser, "BBBB-BBBB")
    assert "Too many attempts" in response.content.decode()


@pytest.mark.parametrize("dash", [" - ", "–", "\u2011", "", "\u00a0", "-\u200b"])
def test_code_is_accepted_as_email_programs_format_it(client, home, dana, dash):
    ask_for_code(client, dana.email)
    code = code_in(mail.outbox[0]).replace("-", dash)
    assert enter(client, f"\u00a0{code}.\n").url == "/support/"


def test_code_field_can_be_filled_by_the_device(client, home, dana):
    ask_for_code(client, dana.email)
    page = client.get(CONFIRM).content.decode()
    assert 'autocomplete="one-time-code"' in page
    # Leaves room for other characters that are pasted with the code.
    assert 'maxlength="40"' in page


def _begin(browser, email):
    return ask_for_code(browser, email, f"/accounts/login/?next={DEEP}").url


def test_requested_page_survives_resending_and_a_wrong_code(client, home, dana):
    url = _begin(client, dana.email)
    assert enter(client, "BBBB-BBBB", url).status_code == 200
    url = client.post(url, {"action": "resend"}).url
    assert enter(client, code_in(mail.outbox[-1]), url).url == DEEP


def test_requested_page_survives_changing_the_address(client, home, dana):
    url = _begin(client, "dnaa@acme.example")
    form = client.get(url).content.decode().split('action="/accounts/logout/"')[1]
    target = form.split('name="next" value="')[1].split('"')[0]
    response = client.post("/accounts/logout/", {"next": target})
    url = ask_for_code(client, dana.email, response.url).url
    assert enter(client, code_in(mail.outbox[-1]), url).url == DEEP


def test_requested_page_survives_too_many_wrong_codes(client, home, dana):
    url = _begin(client, dana.email)
    for _try in range(5):
        response = enter(client, "BBBB-BBBB", url)
    url = client.post(response.url, {"email": dana.email}).url
    assert enter(client, code_in(mail.outbox[-1]), url).url == DEEP


def test_requested_page_survives_an_expired_code(client, home, dana, monkeypatch):
    url = _begin(client, dana.email)
    code = code_in(mail.outbox[0])
    _later(monkeypatch, 15 * 60 + 1)
    url = client.post(enter(client, code, url).url, {"email": dana.email}).url
    assert enter(client, code_in(mail.outbox[-1]), url).url == DEEP


def test_expired_code_is_named_and_the_address_kept(client, home, dana, monkeypatch):
    ask_for_code(client, dana.email)
    code = code_in(mail.outbox[0])
    _later(monkeypatch, 15 * 60 + 1)
    url = enter(client, code).url
    page = client.get(url).content.decode()
    assert "This code has expired. Request a new one." in page
    assert f'value="{dana.email}"' in page
    # It's no one else's business who signed in here.
    assert dana.email not in client.get(url).content.decode()


def test_newer_requested_page_wins_while_a_code_is_pending(client, home, dana):
    _begin(client, dana.email)
    response = client.get("/support/tickets/7/", follow=True)
    url = response.redirect_chain[-1][0]
    assert url.startswith(CONFIRM)
    assert enter(client, code_in(mail.outbox[0]), url).url == "/support/tickets/7/"


def test_code_can_be_resent_to_an_invited_person(client, home, acme):
    from tests import factories

    actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    ask_for_code(client, "kim@acme.example")
    client.post(CONFIRM, {"action": "resend"})
    assert [message.to for message in mail.outbox] == [["kim@acme.example"]] * 2
    assert enter(client, code_in(mail.outbox[1])).url == "/support/"


# A browser that has signed in before


def _sign_in(browser, address):
    ask_for_code(browser, address)
    enter(browser, code_in(mail.outbox.pop()))
    assert browser.session["_auth_user_id"]
    browser.post("/accounts/logout/")


def _without_session(own):
    browser = Client()
    browser.cookies[COOKIE] = own.cookies[COOKIE].value
    return browser


def _attack(address, monkeypatch, codes=12, tries=40):
    """What someone can do who knows the address: ask for codes, and enter wrong ones."""
    for _code in range(codes):
        stranger = Client(REMOTE_ADDR="198.51.100.9")
        ask_for_code(stranger, address)
        for _try in range(tries // codes + 1):
            enter(stranger, "BBBB-BBBB")
        _later(monkeypatch, 61)
    mail.outbox.clear()


def test_nobody_locks_the_owner_of_an_address_out(home, dana, monkeypatch):
    own = Client()
    _sign_in(own, dana.email)
    _attack(dana.email, monkeypatch)
    response = ask_for_code(Client(), dana.email)
    assert "Too many attempts" in response.content.decode()
    ask_for_code(own, dana.email)
    assert enter(own, "BBBB-BBBB").status_code == 200
    own.post(CONFIRM, {"action": "resend"})
    assert len(mail.outbox) == 2
    assert enter(own, code_in(mail.outbox[1])).url == "/support/"


def test_request_for_another_code_has_the_owners_allowance_too(home, dana, monkeypatch):
    own = Client()
    _sign_in(own, dana.email)
    _attack(dana.email, monkeypatch)
    response = own.post("/accounts/login/code/", {"email": dana.email.upper()})
    assert response.url == CONFIRM
    assert enter(own, code_in(mail.outbox[0])).url == "/support/"


def test_owners_browser_has_limits_too(home, dana, settings, monkeypatch):
    settings.WAGTAIL_PORTAL = {"CODE_TRIES_PER_ADDRESS": 6}
    own = Client()
    _sign_in(own, dana.email)
    _later(monkeypatch, 3601)
    for _code in range(3):
        ask_for_code(_without_session(own), dana.email)
    response = ask_for_code(_without_session(own), dana.email)
    assert "Too many attempts" in response.content.decode()
    assert len(mail.outbox) == 3
    for _code in range(2):
        _later(monkeypatch, 61)
        browser = _without_session(own)
        ask_for_code(browser, dana.email)
        for _try in range(3):
            enter(browser, "BBBB-BBBB")
    browser = _without_session(own)
    ask_for_code(browser, dana.email)
    response = enter(browser, code_in(mail.outbox[-1]))
    assert "Too many attempts" in response.content.decode()


@pytest.mark.parametrize("email", ["other@acme.example", "rosa@acme.example"])
def test_browser_is_known_for_its_own_addresses_alone(home, acme, dana, monkeypatch, email):
    from tests import factories

    factories.member(acme, email, name="Rosa")
    attacker = Client()
    _sign_in(attacker, email)
    _attack(dana.email, monkeypatch)
    assert "Too many attempts" in ask_for_code(attacker, dana.email).content.decode()


@pytest.mark.parametrize("change", [lambda text: text[:-3] + "abc", lambda text: "x", lambda _: ""])
def test_forged_cookie_is_of_no_use(home, dana, monkeypatch, change):
    own = Client()
    _sign_in(own, dana.email)
    _attack(dana.email, monkeypatch)
    forged = _without_session(own)
    forged.cookies[COOKIE] = change(own.cookies[COOKIE].value)
    assert "Too many attempts" in ask_for_code(forged, dana.email).content.decode()


def test_cookie_names_nobody_and_no_script_reads_it(home, dana):
    own = Client()
    _sign_in(own, dana.email)
    cookie = own.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 3600
    assert dana.email not in str(signing.loads(cookie.value, salt=COOKIE))
    assert _without_session(own).get("/support/").status_code == 302


def test_sites_can_do_without_the_cookie(home, dana, settings):
    settings.WAGTAIL_PORTAL = {"KNOWN_BROWSER_DAYS": 0}
    own = Client()
    _sign_in(own, dana.email)
    assert COOKIE not in own.cookies
