"""Signed-in people confirm their identity before they change how they sign in."""

import re
import time

import pytest
from allauth.account import views
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from tests.signin.test_second_factor import current_app_code
from tests.signin.tokens import user_of
from wagtail_portal.models import Notification, PortalSettings

ASKS_FOR_A_CODE = hasattr(views, "ConfirmReauthenticationCodeView")
needs_codes = pytest.mark.skipif(
    not ASKS_FOR_A_CODE, reason="allauth asks for a code since version 65.22"
)

REQUEST = "/accounts/reauthenticate/code/"
CONFIRM = "/accounts/reauthenticate/code/confirm/"
AGAIN = "/accounts/reauthenticate/again/"
TARGET = "/accounts/2fa/totp/activate/"


def signed_in(member) -> Client:
    """Return a test client in which the member has signed in with a code; the email is removed."""
    browser = Client()
    ask_for_code(browser, member.email)
    enter(browser, code_in(mail.outbox.pop()))
    return browser


def signed_in_with_password(user) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def request_code(browser, recipient, url=f"{REQUEST}?next={TARGET}"):
    return browser.post(url, {"recipient": recipient})


def confirm(browser, code, url=f"{CONFIRM}?next={TARGET}"):
    return browser.post(url, {"code": code, "action": "verify"})


def later(monkeypatch, seconds):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


@pytest.fixture
def visitor(home, dana):
    """Dana's test client."""
    return signed_in(dana)


@pytest.fixture
def waiting(visitor, dana):
    """Dana's test client after a verification code was sent."""
    request_code(visitor, dana.email)
    return visitor


@needs_codes
def test_people_without_a_password_can_confirm_with_a_code(visitor, dana):
    response = visitor.get(TARGET)
    assert response.url == f"{REQUEST}?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
    page = visitor.get(response.url).content.decode()
    assert "We’ll send a verification code to <strong>dana@acme.example</strong>" in page
    assert not mail.outbox

    response = request_code(visitor, dana.email, response.url)
    assert response.url.startswith(CONFIRM)
    (message,) = mail.outbox
    assert message.to == [dana.email]
    page = visitor.get(response.url)
    assert "Enter the verification code we sent to <strong>dana@acme.example</strong>" in (
        page.content.decode()
    )
    assert "no-store" in page["Cache-Control"]

    response = confirm(visitor, code_in(message), response.url)
    assert response.url == TARGET
    assert visitor.get(TARGET).status_code == 200


@needs_codes
def test_email_uses_the_portals_template(home, visitor, dana):
    settings = PortalSettings.for_site(home.get_site())
    settings.portal_name, settings.sender_address = "Acme Help", "help@company.example"
    settings.save()
    request_code(visitor, dana.email)
    (message,) = mail.outbox
    assert message.from_email == "Acme Help <help@company.example>"
    assert message.subject == "Your verification code for Acme Help"
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    for part in (message.body, html):
        assert code_in(message) in part
        assert "within 15 minutes" in part
        assert "someone else may be signed in as you" in part
        assert not re.search(r"https?://\S*accounts", part)


@needs_codes
def test_queued_code_is_encrypted_and_not_sent_once_expired(
    visitor, dana, mail_server, monkeypatch
):
    mail_server(up=False)
    request_code(visitor, dana.email)
    row = Notification.objects.get()
    code = visitor.session["account_email_reauthentication_code"]["code"]
    assert code not in str(row.encrypted)
    assert code.replace("-", "") not in str(row.encrypted)
    assert 14 <= (row.retry_until - row.created_at).total_seconds() / 60 <= 15


@needs_codes
def test_email_is_in_the_recipients_language(visitor, dana):
    visitor.post(REQUEST, {"recipient": dana.email}, HTTP_ACCEPT_LANGUAGE="de")
    assert "Bestätigungscode" in mail.outbox[0].subject


@needs_codes
def test_wrong_code_is_rejected_next_to_the_field(waiting):
    response = confirm(waiting, "BBBB-BBBB")
    assert response.status_code == 200
    page = response.content.decode()
    assert "That code isn’t correct" in page
    assert 'aria-invalid="true"' in page
    assert waiting.get(TARGET).status_code == 302


@needs_codes
def test_too_many_wrong_codes_invalidate_the_code(waiting):
    code = code_in(mail.outbox[0])
    for _try in range(5):
        response = confirm(waiting, "BBBB-BBBB")
    assert response.url.startswith(REQUEST)
    assert "Too many attempts" in waiting.get(response.url).content.decode()
    confirm(waiting, code)
    assert waiting.get(TARGET).status_code == 302


@needs_codes
def test_attempts_count_together_with_those_at_sign_in(waiting, settings):
    settings.WAGTAIL_PORTAL = {"CODE_TRIES_PER_ADDRESS": 2}
    for _try in range(2):
        confirm(waiting, "BBBB-BBBB")
    response = confirm(waiting, code_in(mail.outbox[0]))
    assert "Too many attempts" in response.content.decode()
    assert waiting.get(TARGET).status_code == 302


@needs_codes
def test_stale_copies_of_a_session_give_no_further_attempts(waiting, settings):
    settings.WAGTAIL_PORTAL = {"CODE_TRIES_PER_ADDRESS": 6}
    before = dict(waiting.session.items())
    for _try in range(8):
        session = waiting.session
        session.clear()
        session.update(before)
        session.save()
        response = confirm(waiting, "BBBB-BBBB")
    assert "Too many attempts" in response.content.decode()


@needs_codes
def test_new_code_replaces_the_previous_one_and_counts(visitor, dana):
    # The sign-in code was the first of three in a minute.
    request_code(visitor, dana.email)
    response = visitor.post(f"{CONFIRM}?next={TARGET}", {"action": "resend"})
    old, new = map(code_in, mail.outbox)
    assert confirm(visitor, old, response.url).status_code == 200
    page = visitor.post(CONFIRM, {"action": "resend"}, follow=True).content.decode()
    assert "Too many attempts" in page
    assert len(mail.outbox) == 2
    assert confirm(visitor, new, response.url).url == TARGET


@needs_codes
def test_codes_are_limited_per_address_together_with_sign_in_codes(visitor, dana):
    for _try in range(2):
        assert request_code(visitor, dana.email).status_code == 302
    response = request_code(visitor, dana.email)
    assert "Too many attempts" in response.content.decode()
    assert len(mail.outbox) == 2


@needs_codes
@pytest.mark.parametrize("method", ["get", "post"])
def test_expired_code_is_explained(waiting, monkeypatch, method):
    code = code_in(mail.outbox[0])
    later(monkeypatch, 15 * 60 + 1)
    url = f"{CONFIRM}?next={TARGET}"
    response = confirm(waiting, code) if method == "post" else waiting.get(url)
    assert response.url == f"{REQUEST}?next={TARGET.replace('/', '%2F')}"
    page = waiting.get(response.url).content.decode()
    assert "This code has expired. Request a new one." in page
    assert waiting.get(TARGET).status_code == 302
    # It's only said once, because the code is deleted.
    assert "has expired" not in waiting.get(CONFIRM, follow=True).content.decode()


@needs_codes
def test_confirmation_lasts_five_minutes(waiting, monkeypatch):
    confirm(waiting, code_in(mail.outbox[0]))
    assert waiting.get(TARGET).status_code == 200
    later(monkeypatch, 5 * 60 + 1)
    assert waiting.get(TARGET).status_code == 302


@needs_codes
def test_code_only_works_in_the_browser_that_requested_it(waiting, dana):
    other = signed_in(dana)
    assert confirm(other, code_in(mail.outbox[0])).url.startswith(REQUEST)
    assert other.get(TARGET).status_code == 302


@needs_codes
def test_code_does_not_sign_anyone_in(waiting):
    visitor = Client()
    for url in (REQUEST, CONFIRM):
        response = visitor.post(url, {"code": code_in(mail.outbox[0]), "recipient": "x"})
        assert response.url.startswith("/accounts/login/")
    enter(visitor, code_in(mail.outbox[0]))
    assert user_of(visitor) is None


@needs_codes
def test_address_of_another_person_gets_no_code(visitor):
    response = request_code(visitor, "outsider@nowhere.example")
    assert response.status_code == 200
    assert not mail.outbox


@needs_codes
def test_member_with_several_addresses_can_choose_one(visitor, dana):
    EmailAddress.objects.create(user=dana.user, email="dana@home.example", verified=True)
    EmailAddress.objects.create(user=dana.user, email="dana@typo.example", verified=False)
    page = visitor.get(REQUEST).content.decode()
    assert "Where should we send the code?" in page
    assert re.findall(r'type="radio" name="recipient" value="([^"]+)"', page) == [
        "dana@acme.example",
        "dana@home.example",
    ]
    assert "Choose where we should send the code." in visitor.post(REQUEST).content.decode()
    request_code(visitor, "dana@home.example")
    assert mail.outbox[0].to == ["dana@home.example"]
    assert confirm(visitor, code_in(mail.outbox[0])).url == TARGET


@needs_codes
def test_former_address_gets_no_code(visitor, dana):
    """Its mailbox may belong to someone else by now."""
    dana.user.email = "new@acme.example"
    dana.user.save()
    assert visitor.get(TARGET).url.startswith(AGAIN)
    request_code(visitor, "dana@acme.example")
    assert not mail.outbox
    page = visitor.get(f"{AGAIN}?next={TARGET}").content.decode()
    assert "Sign in again to continue" in page

    next_page = re.search(r'name="next" value="([^"]+)"', page)[1].replace("&amp;", "&")
    response = visitor.post("/accounts/logout/", {"next": next_page})
    response = ask_for_code(visitor, "new@acme.example", response.url)
    response = enter(visitor, code_in(mail.outbox[0]), response.url)
    assert response.url == TARGET
    request_code(visitor, "new@acme.example")
    assert confirm(visitor, code_in(mail.outbox[1])).url == TARGET


def test_second_factor_can_only_be_confirmed_with_a_factor(visitor, dana):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(dana.user, secret)
    url = reverse("wagtail_portal_signin:mfa_deactivate_totp")
    response = visitor.get(url)
    assert response.url.startswith("/accounts/2fa/reauthenticate/")
    page = visitor.get(response.url).content.decode()
    assert "Confirm it’s you" in page
    assert "verification code" not in page
    if ASKS_FOR_A_CODE:
        assert request_code(visitor, dana.email).url.startswith("/accounts/2fa/reauthenticate/")
        assert not mail.outbox
    visitor.post(response.url, {"code": current_app_code(secret)})
    assert visitor.get(url).status_code == 200


@needs_codes
def test_setting_up_a_second_factor_invalidates_the_code(waiting, dana):
    TOTP.activate(dana.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    response = confirm(waiting, code_in(mail.outbox[0]))
    assert response.url.startswith("/accounts/2fa/reauthenticate/")


@needs_codes
def test_password_is_the_default_and_a_code_is_offered_too(home, dana):
    dana.user.set_password("a long passphrase")
    dana.user.save()
    browser = signed_in(dana)
    response = browser.get(TARGET)
    assert response.url.startswith("/accounts/reauthenticate/?")
    page = browser.get(response.url).content.decode()
    assert "Send me a verification code" in page
    assert REQUEST in page
    browser.post(response.url, {"password": "a long passphrase"})
    assert browser.get(TARGET).status_code == 200


@pytest.mark.parametrize("kwargs", [{"is_superuser": True}, {"is_staff": True}, {}])
def test_staff_can_only_confirm_with_their_password(home, acme, kwargs):
    """Someone who can read their email mustn't be able to add a passkey that opens the admin."""
    staff = factories.staff(*([] if kwargs else ["Support agents"]), **kwargs)
    factories.member(acme, staff.email)
    EmailAddress.objects.create(user=staff, email=staff.email, verified=True, primary=True)
    staff.set_password("a long passphrase")
    staff.save()
    browser = signed_in_with_password(staff)
    for url in (TARGET, *([REQUEST, CONFIRM] if ASKS_FOR_A_CODE else [])):
        response = browser.get(url)
        assert response.url.startswith("/accounts/reauthenticate/"), url
        assert "/code/" not in response.url, url
    assert "verification code" not in browser.get("/accounts/reauthenticate/").content.decode()
    browser.post(REQUEST, {"recipient": staff.email})
    assert not mail.outbox


@needs_codes
def test_code_of_a_member_who_joins_the_staff_is_refused(waiting, dana):
    dana.user.is_superuser = True
    dana.user.save()
    assert confirm(waiting, code_in(mail.outbox[0])).url.startswith(AGAIN)
    assert waiting.get(TARGET).status_code == 302


@needs_codes
def test_staff_without_a_password_are_told_whom_to_ask(home):
    staff = factories.staff(is_superuser=True)
    staff.set_unusable_password()
    staff.save()
    browser = signed_in_with_password(staff)
    response = browser.get(TARGET)
    page = browser.get(response.url)
    assert page.status_code == 200
    assert "Ask an administrator" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


@needs_codes
def test_setting_lets_staff_use_codes(home, settings):
    settings.WAGTAIL_PORTAL = {"AGENTS_MAY_USE_CODES": True}
    staff = factories.staff("Support agents")
    staff.set_unusable_password()
    staff.save()
    browser = Client()
    ask_for_code(browser, staff.email)
    enter(browser, code_in(mail.outbox.pop()))
    assert browser.get(TARGET).url.startswith(REQUEST)


@needs_codes
def test_redirects_to_other_sites_are_ignored(visitor, dana):
    url = f"{REQUEST}?next=https://evil.example/"
    request_code(visitor, dana.email, url)
    response = confirm(visitor, code_in(mail.outbox[0]), f"{CONFIRM}?next=https://evil.example/")
    assert response.url == "/support/"


@needs_codes
@pytest.mark.parametrize("url", [REQUEST, CONFIRM])
def test_get_sends_nothing_and_is_not_cached(visitor, url):
    response = visitor.get(url)
    assert "no-store" in response["Cache-Control"]
    assert not mail.outbox
