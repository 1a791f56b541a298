"""Who can sign in, and what outsiders can learn from the sign-in pages."""

import re
from importlib import import_module
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from wagtail_portal import actions
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import Member, Role
from wagtail_portal.permissions import Actor

CONFIRM = "/accounts/login/code/confirm/"


def test_former_address_gets_no_code(client, home, dana):
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox.pop()))
    dana.user.email = "new@acme.example"
    dana.user.save()
    ask_for_code(Client(), "new@acme.example")
    assert [message.to for message in mail.outbox] == [["new@acme.example"]]
    ask_for_code(Client(), "dana@acme.example")
    assert len(mail.outbox) == 1


def test_former_address_gets_no_code_before_the_new_one_was_used(client, home, dana):
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox.pop()))
    dana.user.email = "new@acme.example"
    dana.user.save()
    ask_for_code(Client(), "dana@acme.example")
    assert not mail.outbox


def test_code_does_not_open_django_admin(client, home):
    ask_for_code(client, factories.staff(is_staff=True).email)
    enter(client, code_in(mail.outbox[0]))
    assert "_auth_user_id" not in client.session


def test_concurrent_provisioning_creates_one_user(db, monkeypatch):
    User = get_user_model()

    def another_request_was_faster(user, email, **kwargs):
        User.objects.create_user(username=email, email=email)
        user.username = email

    module = import_module("wagtail_portal.actions.people.provision_user")
    monkeypatch.setattr(module, "set_username", another_request_was_faster)
    user = actions.provision_user("kim@acme.example")
    assert User.objects.get() == user


def test_customers_can_only_add_members_to_their_own_organization(acme):
    admin = Actor.for_member(factories.member(acme, role=Role.ADMIN))
    with pytest.raises(NotAllowed):
        actions.create_member(factories.organization(), by=admin, email="x@other.example")


@pytest.fixture
def people(home, acme, dana):
    """Addresses of every kind of person, and an unknown one."""
    factories.agent(email="agent@acme.example")
    factories.member(acme, "revoked@acme.example", role=Role.NO_ACCESS)
    gone = factories.member(acme, "gone@acme.example").user
    gone.is_active = False
    gone.save()
    actions.invite_member(acme, by=factories.SYSTEM, email="invited@acme.example")
    ended, _token = actions.invite_member(acme, by=factories.SYSTEM, email="ended@acme.example")
    ended.withdrawn_at = ended.created_at
    ended.save()
    names = ("dana", "agent", "revoked", "gone", "invited", "ended", "unknown")
    return [f"{name}@acme.example" for name in names]


@pytest.mark.parametrize(
    ("url", "field"), [("/accounts/login/", "login"), ("/accounts/login/code/", "email")]
)
def test_responses_do_not_reveal_who_is_known(people, url, field):
    """Requesting codes, wrong codes and repeated requests get the same responses for everyone."""

    def seen(response, email):
        body = response.content.decode().replace(email, "ADDRESS")
        body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)
        headers = {key: value for key, value in response.items() if key != "Expires"}
        sizes = headers.pop("Content-Length", None) is None
        return response.status_code, body, headers, sizes, sorted(response.cookies)

    def answers(email):
        factories.forget_limits()
        browser = Client()
        wrong = {"code": "BBBB-BBBB", "action": "verify"}
        sent = [(url, {field: email}), (CONFIRM, wrong)]
        sent += [(CONFIRM, {"action": "resend"})] * 3 + [(CONFIRM, wrong)] * 5
        found = [seen(browser.post(*post), email) for post in sent]
        found.insert(1, seen(browser.get(CONFIRM), email))
        return found + [seen(Client().post(url, {field: email}), email) for _try in range(4)]

    by_person = {email: answers(email) for email in people}
    expected = by_person.pop("unknown@acme.example")
    assert [email for email, found in by_person.items() if found != expected] == []


@pytest.mark.parametrize("signed_in", [False, True])
def test_sign_in_pages_are_not_cached(client, home, dana, as_member, signed_in):
    browser = as_member(dana) if signed_in else client
    for name in (
        "login",
        "login/code",
        "login/code/confirm",
        "logout",
        "inactive",
        "confirm-email",
    ):
        response = browser.get(f"/accounts/{name}/")
        assert response.status_code in (200, 302), name
        assert "no-store" in response["Cache-Control"], name


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "http:///evil.example"),
        *("javascript:alert(1)", "\\\\evil.example", "https:evil.example", "\t//evil.example"),
    ],
)
def test_parameters_cannot_redirect_to_another_site(client, home, dana, target):
    query, data = f"?{urlencode({'next': target})}", {"next": target}
    ask_for_code(client, dana.email, f"/accounts/login/{query}")
    sent = {"code": code_in(mail.outbox[0]), "action": "verify", **data}
    assert client.post(f"{CONFIRM}{query}", sent).url == "/support/"
    assert client.get(f"/accounts/login/{query}").url == "/support/"
    assert client.post(f"/accounts/logout/{query}", data).url == "/accounts/login/"


def test_invitation_withdrawn_after_the_code_was_sent_gives_no_access(client, home, acme):
    invitation, _token = actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    ask_for_code(client, "kim@acme.example")
    invitation.withdrawn_at = invitation.created_at
    invitation.save()
    enter(client, code_in(mail.outbox[0]))
    assert not Member.objects.exists()
    assert client.get("/support/").status_code == 403


IDENTITY_HEADERS = [
    *("REMOTE_USER", "HTTP_REMOTE_USER", "HTTP_X_REMOTE_USER", "HTTP_X_FORWARDED_USER"),
    *("HTTP_X_FORWARDED_EMAIL", "HTTP_X_AUTH_REQUEST_EMAIL", "HTTP_X_AMZN_OIDC_IDENTITY"),
    *("HTTP_CF_ACCESS_AUTHENTICATED_USER_EMAIL", "HTTP_X_GOOG_AUTHENTICATED_USER_EMAIL"),
]


def test_identity_headers_are_ignored(home, dana):
    """Anyone can send them."""
    boss = factories.staff(is_superuser=True)
    for name in IDENTITY_HEADERS:
        for value in (dana.email, boss.email, boss.get_username()):
            browser = Client(**{name: value})
            assert browser.get("/support/").status_code == 302, name
            assert browser.get("/admin/").status_code == 302, name


def test_forwarded_address_does_not_bypass_the_limit_per_client(home, acme):
    """The site hasn't configured a proxy."""
    answers = [
        Client(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").post(
            "/accounts/login/", {"login": f"person{number}@nowhere.example"}
        )
        for number in range(22)
    ]
    assert [answer.status_code for answer in answers].count(302) == 20
