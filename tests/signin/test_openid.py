"""Signing in with OpenID Connect, using a real provider that runs next to the tests."""

import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import DatabaseError, connection
from django.test import Client

from tests import factories
from tests.security.test_error_reports import MESSAGE, Reports
from tests.serving import TIMEOUT
from tests.signin import provider as program
from tests.signin.test_code import code_in
from tests.signin.test_everything_on import build_urlconf
from tests.signin.test_reauthentication import confirm, needs_codes, request_code, signed_in
from tests.signin.tokens import user_of
from wagtail_portal import actions
from wagtail_portal.models import Member, Role

CALLBACK = "http://testserver/accounts/oidc/acme/login/callback/"
LOGIN = "/accounts/oidc/acme/login/"


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    """The URL of a provider on loopback."""
    folder = tmp_path_factory.mktemp("provider")
    process = subprocess.Popen(
        [sys.executable, program.__file__, str(folder), CALLBACK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(TIMEOUT)
    process.stdout.close()


@pytest.fixture(autouse=True)
def configured(settings, provider):
    """Return ``configured(**portal)``, which sets up the provider with these portal settings."""

    def configure(verified_email=False, **portal):
        app = {
            "provider_id": "acme",
            "name": "Acme Identity",
            **program.CLIENT,
            "settings": {
                "server_url": provider,
                "portal": portal,
                "verified_email": verified_email,
            },
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}

    configure()
    return configure


def sign_in(browser, provider, name, *, next="/support/new/", process="login"):
    """Click the button, sign in at the provider as ``name``, and return."""
    response = browser.post(LOGIN, {"next": next, "process": process})
    assert response.status_code == 302
    there = requests.Session()
    page = there.get(response.url, timeout=TIMEOUT)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    data = {"login": name, "password": program.PASSWORD}
    if token:
        data["csrfmiddlewaretoken"] = token[1]
    answer = there.post(page.url, data, allow_redirects=False, timeout=TIMEOUT)
    while not answer.headers["Location"].startswith(CALLBACK):
        answer = there.get(f"{provider}{path_of(answer)}", allow_redirects=False, timeout=TIMEOUT)
    return browser.get(path_of(answer))


def path_of(answer) -> str:
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def assert_refused(browser, response, words):
    assert response.status_code == 403
    assert "no-store" in response["Cache-Control"]
    assert words in response.content.decode()
    assert user_of(browser) is None
    assert not SocialAccount.objects.exists()


def test_sign_in_page_offers_the_provider(client, home):
    page = client.get("/accounts/login/?next=/support/new/").content.decode()
    assert "Sign in with Acme Identity" in page
    assert f'action="{LOGIN}"' in page


def test_verified_address_signs_in_and_returns_to_the_page(client, home, dana, provider):
    assert sign_in(client, provider, "verified").url == "/support/new/"
    assert user_of(client) == str(dana.user.pk)
    assert client.get("/support/").status_code == 200
    dana.refresh_from_db()
    assert dana.last_seen_at is not None
    # The next time, the linked identity is enough.
    other = Client()
    assert sign_in(other, provider, "verified").url == "/support/new/"
    assert SocialAccount.objects.get().user == dana.user


@pytest.mark.parametrize("table", ["socialaccount_socialaccount", "wagtail_portal_member"])
def test_report_of_a_failure_names_no_secret(home, dana, provider, settings, table):
    reports, paths = Reports(settings), []
    name = connection.ops.quote_name(table)

    def execute(run, sql, params, many, context):
        if sql.startswith("SELECT") and name in sql and paths:
            raise DatabaseError(MESSAGE)
        return run(sql, params, many, context)

    class Browser(Client):
        def get(self, path, *args, **kwargs):
            paths.append(path)
            return super().get(path, *args, **kwargs)

    browser = Browser(raise_request_exception=False)
    with reports.collected(), connection.execute_wrapper(execute):
        assert sign_in(browser, provider, "verified").status_code == 500
    sent = parse_qs(urlsplit(paths[0]).query)
    secrets = [*sent["code"], *sent["state"], program.CLIENT["secret"], dana.email]
    reports.hold_none_of([*secrets, browser.cookies["sessionid"].value])


def test_provider_that_cannot_be_reached_is_not_an_error(client, home, configured, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9/"
    response = client.post(LOGIN)
    assert response.status_code == 403
    page = response.content.decode()
    assert "We can’t reach Acme Identity right now." in page
    assert 'href="/accounts/login/?with=code"' in page
    # The ID of a provider that no database can store.
    assert client.get("/accounts/oidc/%00/login/").status_code == 404


def test_sessions_that_wait_for_the_provider_are_limited(home, provider, settings):
    settings.WAGTAIL_PORTAL = {"SESSIONS_PER_CLIENT": 2}
    answers = [Client().post(LOGIN).status_code for _number in range(4)]
    assert answers == [302, 302, 429, 429]
    assert Session.objects.count() == 2


def test_linked_identity_still_works_after_the_address_changed(client, home, dana, provider):
    sign_in(client, provider, "verified")
    dana.user.email = "new@acme.example"
    dana.user.save()
    other = Client()
    sign_in(other, provider, "verified")
    assert user_of(other) == str(dana.user.pk)


def test_unverified_address_is_not_linked(client, home, dana, provider):
    response = sign_in(client, provider, "unverified")
    assert_refused(client, response, "hasn’t verified your email address")


def test_site_can_trust_a_provider_for_its_domains(client, home, dana, provider, configured):
    configured(verified_email=["birch.example"])
    assert sign_in(Client(), provider, "unverified").status_code == 403
    configured(verified_email=["acme.example"])
    sign_in(client, provider, "unverified")
    assert user_of(client) == str(dana.user.pk)


def test_unknown_person_is_told_what_to_do(client, home, dana, provider):
    assert_refused(client, sign_in(client, provider, "unknown"), "Ask a colleague")


@pytest.mark.parametrize("kwargs", [{"is_superuser": True}, {"is_staff": True}, {}])
@pytest.mark.parametrize("codes", [True, False])
def test_staff_cannot_sign_in(client, home, acme, provider, settings, kwargs, codes):
    settings.WAGTAIL_PORTAL = {"AGENTS_MAY_USE_CODES": codes}
    factories.staff(
        *([] if kwargs else ["Support agents"]), email="robin@company.example", **kwargs
    )
    factories.member(acme, "robin@company.example")
    assert_refused(client, sign_in(client, provider, "staff"), "You’re a team member")


def test_identity_of_a_member_who_joins_the_staff_stops_working(client, home, dana, provider):
    sign_in(client, provider, "verified")
    client.post("/accounts/logout/")
    dana.user.is_superuser = True
    dana.user.save()
    response = sign_in(client, provider, "verified")
    assert response.status_code == 403
    assert user_of(client) is None


def test_staff_cannot_link_an_identity(home, provider):
    browser = Client()
    browser.force_login(
        factories.staff(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert browser.post(LOGIN, {"process": "connect"}).status_code == 302
    assert not SocialAccount.objects.exists()


def test_invited_person_becomes_a_member(client, home, acme, provider):
    actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    sign_in(client, provider, "invited")
    assert Member.objects.get(user__email="kim@acme.example").organization == acme
    assert client.get("/support/").status_code == 200


def test_member_without_access_is_refused(client, home, acme, provider):
    factories.member(acme, "dana@acme.example", role=Role.NO_ACCESS)
    assert_refused(client, sign_in(client, provider, "verified"), "Ask a colleague")


def test_inactive_user_is_refused(client, home, dana, provider):
    dana.user.is_active = False
    dana.user.save()
    assert_refused(client, sign_in(client, provider, "verified"), "Ask a colleague")


def test_provider_is_limited_to_its_domains(client, home, dana, provider, configured):
    configured(domains=["birch.example"])
    assert_refused(client, sign_in(client, provider, "verified"), "Ask a colleague")


def test_provider_of_an_organization_gives_no_access_to_another(
    client, home, dana, provider, configured
):
    birch = factories.organization("Birch", external_id="birch-7")
    actions.create_member(birch, by=factories.SYSTEM, email=dana.email)
    configured(organizations=["birch-7"])
    assert_refused(client, sign_in(client, provider, "verified"), "Ask a colleague")


def test_redirects_to_other_sites_are_ignored(client, home, dana, provider):
    response = sign_in(client, provider, "verified", next="https://evil.example/")
    assert "evil.example" not in response.url


def test_response_without_a_matching_request_is_refused(client, home, dana, provider):
    other = Client()
    response = client.post(LOGIN)
    state = re.search(r"state=([^&]+)", response.url)[1]
    answer = other.get(f"{urlsplit(CALLBACK).path}?code=x&state={state}")
    assert answer.status_code == 403
    assert user_of(other) is None
    assert "We couldn’t read" in answer.content.decode()


def test_link_to_the_provider_leads_to_the_sign_in_page(client, home):
    response = client.get(f"{LOGIN}?next=/support/new/")
    assert response.url == "/accounts/login/?with=code&next=%2Fsupport%2Fnew%2F"
    page = client.get(response.url).content.decode()
    assert f'action="{LOGIN}"' in page
    assert client.get("/accounts/oidc/unknown/login/").status_code == 404


def test_adding_an_identity_returns_to_the_portal(home, dana, provider):
    """allauth redirects to its list of identities, which has no page here."""
    browser = signed_in(dana)
    response = sign_in(browser, provider, "verified", next="", process="connect")
    assert SocialAccount.objects.get().user == dana.user
    chain = browser.get(response.url, follow=True).redirect_chain
    assert chain[-1][0] == "/support/"


@needs_codes
def test_adding_an_identity_requires_confirmation(home, dana, provider, settings):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    browser = signed_in(dana)
    response = sign_in(browser, provider, "verified", process="connect")
    assert not SocialAccount.objects.exists()
    request_code(browser, dana.email, response.url)
    response = confirm(browser, code_in(mail.outbox[0]))
    assert response.url == "/support/new/"
    assert SocialAccount.objects.get().user == dana.user


@pytest.fixture
def linked(home, dana, provider, configured):
    """Dana has an identity at the provider, but no verified address."""
    configured(verified_email=["acme.example"])
    sign_in(Client(), provider, "unverified")
    configured()
    EmailAddress.objects.update(verified=False)


def test_unverified_address_is_confirmed_with_a_code(client, linked, dana, provider):
    response = sign_in(client, provider, "unverified")
    assert response.url == "/accounts/confirm-email/"
    assert user_of(client) is None
    (message,) = mail.outbox
    assert message.subject == "Confirm your email address for Support"
    code = re.search(r"^    (\S+)$", message.body, re.MULTILINE)[1]
    assert code in message.alternatives[0].content
    client.post(response.url, {"code": code})
    assert user_of(client) == str(dana.user.pk)


def test_address_is_confirmed_with_a_link_if_the_site_prefers_it(
    client, linked, dana, provider, settings
):
    settings.WAGTAIL_PORTAL = {"SIGN_IN": {"EMAIL_VERIFICATION_BY_CODE_ENABLED": False}}
    settings.ROOT_URLCONF = build_urlconf()
    assert sign_in(client, provider, "unverified").url == "/accounts/confirm-email/"
    assert user_of(client) is None
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mail.outbox[0].body)[1]
    assert link in mail.outbox[0].alternatives[0].content
    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get(user=dana.user).verified
    client.post(link)
    assert EmailAddress.objects.get(user=dana.user).verified
