"""A site with accounts of its own keeps them: only the portal's pages work like the portal's."""

import json
import os
import subprocess
import sys
from types import ModuleType

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import include, path

from tests.signin.test_code import code_in
from tests.urls import urlpatterns as test_urls

PASSWORD = "corner-lathe-42"


def flows(with_portal: str):
    """Start a process that uses the site's accounts."""
    environment = {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        "PYTHONPATH": os.getcwd(),
        "DJANGO_SETTINGS_MODULE": "tests.hosts.allauth_site",
        "WITH_PORTAL": with_portal,
    }
    command = [sys.executable, "-m", "tests.hosts.allauth_flows"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_accounts_of_the_site_respond_as_before():
    """The same pages, redirects, headers, cookies and emails, whether the portal is installed or
    not."""
    processes = [flows(""), flows("1")]
    before, after = (json.loads(process.communicate()[0]) for process in processes)
    assert len(before) > 60
    assert sum(len(entry[-1]) for entry in before) >= 7
    for was, now in zip(before, after, strict=True):
        assert now == was


@pytest.fixture
def site(settings, home):
    """The test site with accounts of its own."""
    urls = ModuleType("tests.hosts.urls_of_the_site")
    others = [pattern for pattern in test_urls if str(pattern.pattern) != "accounts/"]
    own = path("accounts/", include("allauth.urls"))
    urls.urlpatterns = [path("portal/", include("wagtail_portal.urls")), own, *others]
    settings.ROOT_URLCONF = urls
    settings.LOGIN_URL = "account_login"
    settings.LOGIN_REDIRECT_URL = "/welcome/"
    settings.ACCOUNT_LOGIN_METHODS = {"username"}
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def user_of_the_site(*, verified: bool):
    user = get_user_model().objects.create_user("kim", "kim@site.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


def sign_in_to_the_site(browser):
    return browser.post("/accounts/login/", {"login": "kim", "password": PASSWORD})


def request_code(browser, email):
    return browser.post("/portal/login/?next=/support/", {"login": email})


def test_members_sign_in_at_the_portal(site, client, dana):
    assert client.get("/support/").url == "/portal/login/?next=/support/"
    url = request_code(client, dana.email).url
    assert url.startswith("/portal/login/code/confirm/")
    (message,) = mail.outbox
    assert message.subject == "Your sign-in code for Support"
    assert client.post(url, {"code": code_in(message)}).url == "/support/"
    assert client.get("/support/").status_code == 200
    assert client.post("/portal/logout/").url == "/portal/login/"


def test_others_are_only_told_in_the_portal(site, client, dana):
    user_of_the_site(verified=True)
    assert sign_in_to_the_site(client).url == "/welcome/"
    response = client.get("/support/")
    assert response.status_code == 403
    assert "don’t belong to an organization here" in response.content.decode()


def test_unfinished_sign_in_to_the_portal_stays_there(site, client, dana):
    url = request_code(client, dana.email).url
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    assert 'name="password"' in page.content.decode()
    assert client.get("/portal/login/").url.startswith("/portal/login/code/confirm/")
    assert client.post(url, {"code": code_in(mail.outbox[0])}).url == "/support/"


def test_unfinished_sign_in_to_the_site_stays_there(site, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    user_of_the_site(verified=False)
    browser = Client()
    assert sign_in_to_the_site(browser).url == "/accounts/confirm-email/"
    assert browser.get("/portal/login/").status_code == 200
    assert browser.get("/accounts/confirm-email/").status_code == 200
    assert browser.get("/accounts/login/").url == "/accounts/confirm-email/"
