"""Signing in with a code sent by email."""

import re

import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.test import Client
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Member, PortalSettings, Role
from wagtail_portal.permissions import Actor
from wagtail_portal.portal_urls import SIGN_IN

#: Django's middleware that sends visitors to the sign-in page unless a view is for them.
REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"

CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")


def ask_for_code(client, email, url="/accounts/login/?next=/support/"):
    return client.post(url, {"login": email})


def code_in(message) -> str:
    return CODE.search(message.body).group()


def enter(client, code, url="/accounts/login/code/confirm/?next=/support/"):
    return client.post(url, {"code": code, "action": "verify"})


def test_sign_in_returns_to_the_requested_page(client, home, dana):
    response = client.get("/support/tickets/1001/")
    assert response.status_code == 302
    assert response.url == "/accounts/login/?next=/support/tickets/1001/"

    response = ask_for_code(client, "Dana@Acme.example ", response.url)
    assert response.url == "/accounts/login/code/confirm/?next=%2Fsupport%2Ftickets%2F1001%2F"
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["dana@acme.example"]

    response = enter(client, code_in(mail.outbox[0]), response.url)
    assert response.url == "/support/tickets/1001/"
    assert client.get("/support/").status_code == 200


def test_sign_in_to_a_site_that_requires_it_everywhere(client, home, dana, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, REQUIRED]
    settings.LOGIN_URL = SIGN_IN
    assert client.get("/support/").url == "/accounts/login/?next=/support/"
    ask_for_code(client, dana.email)
    assert enter(client, code_in(mail.outbox[0])).url == "/support/"


def test_sign_in_without_a_requested_page_leads_to_the_portal(client, home, dana):
    ask_for_code(client, dana.email, "/accounts/login/")
    response = enter(client, code_in(mail.outbox[0]), "/accounts/login/code/confirm/")
    assert response.url == "/support/"


def test_lowercase_code_with_spaces_is_accepted(client, home, dana):
    ask_for_code(client, dana.email)
    code = code_in(mail.outbox[0]).lower().replace("-", " - ")
    assert enter(client, f" {code} ").url == "/support/"


def test_email_names_the_portal_and_contains_no_sign_in_link(client, home, dana):
    settings = PortalSettings.for_site(home.get_site())
    settings.portal_name, settings.sender_address = "Acme Help", "help@company.example"
    settings.save()
    ask_for_code(client, dana.email)
    message = mail.outbox[0]
    assert message.from_email == "Acme Help <help@company.example>"
    assert "Acme Help" in message.subject
    assert "15 minutes" in message.body
    code = code_in(message)
    for part in (message.body, *(content for content, _type in message.alternatives)):
        links = re.findall(r"https?://[^\s\"'<>]+", part)
        assert not [link for link in links if code in link or "login/code/confirm" in link]


def test_unknown_address_gets_the_same_response_and_no_email(home, dana):
    def answer(email):
        browser = Client()
        first = ask_for_code(browser, email)
        second = browser.get(first.url)
        body = second.content.decode().replace(email, "ADDRESS")
        body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)
        return first.status_code, first.url, second.status_code, body

    assert answer("outsider@nowhere.example") == answer(dana.email)
    assert [message.to for message in mail.outbox] == [[dana.email]]


def test_address_without_a_site_has_no_sign_in_page(client, home, dana):
    Site.objects.update(is_default_site=False, hostname="support.example")
    for email in (dana.email, "unknown@acme.example"):
        assert client.post("/accounts/login/", {"login": email}).status_code == 404
    assert mail.outbox == []


def test_unreachable_mail_server_gets_the_same_response(client, home, dana, mail_server, caplog):
    mail_server(up=False)
    assert ask_for_code(client, dana.email).url.startswith("/accounts/login/code/confirm/")
    assert "was not delivered" in caplog.text


def test_wrong_code_is_rejected_next_to_the_field(client, home, dana):
    ask_for_code(client, dana.email)
    response = enter(client, "BBBB-BBBB")
    assert response.status_code == 200
    assert "That code isn’t correct" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_too_many_wrong_codes_invalidate_the_code(client, home, dana):
    ask_for_code(client, dana.email)
    code = code_in(mail.outbox[0])
    for _try in range(5):
        response = enter(client, "BBBB-BBBB")
    assert response.status_code == 302
    enter(client, code)
    assert "_auth_user_id" not in client.session


def test_expired_code_is_rejected(client, home, dana, monkeypatch):
    import time

    ask_for_code(client, dana.email)
    code, now = code_in(mail.outbox[0]), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 15 * 60 + 1)
    response = enter(client, code)
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_code_works_once_and_only_in_the_browser_that_requested_it(client, home, dana):
    ask_for_code(client, dana.email)
    code = code_in(mail.outbox[0])
    other = Client()
    enter(other, code)
    assert "_auth_user_id" not in other.session
    enter(client, code)
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    enter(client, code)
    assert "_auth_user_id" not in client.session


def test_new_code_replaces_the_previous_one(client, home, dana):
    ask_for_code(client, dana.email)
    old = code_in(mail.outbox[0])
    confirm = "/accounts/login/code/confirm/"
    page = client.post(confirm, {"action": "resend"}, follow=True).content.decode()
    assert len(mail.outbox) == 2
    # It's confirmed, in the same words for an unknown address, and the page says what else to do.
    assert "We’ve sent a new code." in page and "No email?" in page
    unknown = Client()
    ask_for_code(unknown, "nobody@acme.example")
    assert (
        "We’ve sent a new code."
        in unknown.post(confirm, {"action": "resend"}, follow=True).content.decode()
    )
    enter(client, old)
    assert "_auth_user_id" not in client.session
    enter(client, code_in(mail.outbox[1]))
    assert "_auth_user_id" in client.session


def test_another_address_can_be_entered_after_a_typo(client, home, dana):
    ask_for_code(client, "dnaa@acme.example")
    page = client.get("/accounts/login/code/confirm/").content.decode()
    assert 'action="/accounts/logout/' in page
    client.post("/accounts/logout/")
    ask_for_code(client, dana.email)
    assert enter(client, code_in(mail.outbox[-1])).url == "/support/"


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/code/"])
def test_another_address_can_be_entered_after_going_back(client, home, dana, path):
    ask_for_code(client, "dnaa@acme.example")
    client.post(f"{path}?next=/support/", {"login": dana.email, "email": dana.email})
    assert enter(client, code_in(mail.outbox[-1])).url == "/support/"


def test_codes_are_limited_per_address_and_hour(home, dana):
    for _try in range(6):
        ask_for_code(Client(), dana.email)
    assert len(mail.outbox) == 3
    response = ask_for_code(Client(), dana.email)
    text = "Too many attempts. Use the newest code, or request another one in 1 minute."
    assert text in response.content.decode()


def test_redirects_to_other_sites_are_ignored(client, home, dana):
    ask_for_code(client, dana.email, "/accounts/login/?next=https://evil.example/")
    url = "/accounts/login/code/confirm/?next=https://evil.example/"
    assert enter(client, code_in(mail.outbox[0]), url).url == "/support/"


@pytest.mark.parametrize("target", ["https://[evil.example", "http://[::1/"])
def test_malformed_redirects_are_ignored(client, home, dana, target):
    assert client.get("/accounts/login/", {"next": target}).status_code == 200
    ask_for_code(client, dana.email)
    url = f"/accounts/login/code/confirm/?next={target}"
    assert enter(client, code_in(mail.outbox[0]), url).url == "/support/"
    assert client.post("/accounts/logout/", {"next": target}).url == "/accounts/login/"


def test_nobody_can_sign_up(client, home):
    assert client.get("/accounts/signup/").status_code == 404
    assert client.get("/accounts/password/reset/").status_code == 404


def test_invited_person_signs_in_and_becomes_a_member(client, home, acme):
    admin = factories.member(acme, role=Role.ADMIN)
    actions.invite_member(acme, by=Actor.for_member(admin), email="Kim@Acme.example")
    assert ask_for_code(client, "kim@acme.example").status_code == 302
    enter(client, code_in(mail.outbox[-1]))
    member = Member.objects.get(user__email="kim@acme.example")
    assert member.organization == acme
    assert member.role.key == Role.MEMBER
    assert member.activated_at is not None
    assert client.get("/support/").status_code == 200


@pytest.mark.parametrize("ended", ["withdrawn_at", "expires_at"])
def test_ended_invitation_gives_no_access(client, home, acme, ended):
    invitation, _token = actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    setattr(invitation, ended, invitation.created_at)
    invitation.save()
    ask_for_code(client, "kim@acme.example")
    assert not mail.outbox
    assert not Member.objects.filter(user__email="kim@acme.example").exists()


@pytest.mark.parametrize("kwargs", [{"is_superuser": True}, {}])
def test_staff_cannot_open_the_admin_with_a_code(client, home, kwargs):
    staff = factories.staff("Support agents", **kwargs)
    ask_for_code(client, staff.email)
    response = enter(client, code_in(mail.outbox[0]))
    assert response.url == "/admin/login/"
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").status_code == 302
    assert "Sign in with your password" in str(list(get_messages(response.wsgi_request))[0])


def test_staff_are_sent_to_the_login_page_of_the_site(client, home, settings):
    settings.WAGTAILADMIN_LOGIN_URL = "/team/login/"
    ask_for_code(client, factories.staff("Support agents").email)
    assert enter(client, code_in(mail.outbox[0])).url == "/team/login/"


def test_member_with_a_staff_account_cannot_use_a_code(client, home, acme):
    staff = factories.staff("Support agents")
    factories.member(acme, staff.email)
    ask_for_code(client, staff.email)
    enter(client, code_in(mail.outbox[0]))
    assert "_auth_user_id" not in client.session


def test_setting_lets_agents_use_codes(client, home, settings):
    settings.WAGTAIL_PORTAL = {"AGENTS_MAY_USE_CODES": True}
    staff = factories.staff("Support agents")
    ask_for_code(client, staff.email)
    enter(client, code_in(mail.outbox[0]))
    assert "_auth_user_id" in client.session


def test_member_without_access_gets_an_explanation(client, home, acme):
    nobody = factories.member(acme, role=Role.NO_ACCESS)
    ask_for_code(client, nobody.email)
    enter(client, code_in(mail.outbox[0]))
    response = client.get("/support/")
    assert response.status_code == 403
    assert "no-store" in response["Cache-Control"]
