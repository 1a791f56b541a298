"""No sign-in URL fails, whatever a site enables."""

import importlib
import re
from types import ModuleType

import pytest
from allauth.mfa import urls as mfa_urls
from allauth.mfa.base import urls as base_urls
from allauth.mfa.webauthn import urls as webauthn_urls
from django.core import mail
from django.test import Client, override_settings
from django.urls import URLPattern, include, path, reverse

from tests import factories
from tests.signin.test_allauth_names import ALL_SETTINGS, fresh_urlconf
from tests.signin.test_code import ask_for_code, code_in, enter
from tests.signin.test_second_factor import open_page
from wagtail_portal import urls as portal_urls
from wagtail_portal.portal_urls import SIGN_IN
from wagtail_portal.signin.settings import ACCOUNT
from wagtail_portal.signin.site_urls import NAMESPACE

#: Values for the parameters of a URL.
FILLED_IN = {"key": "x", "provider_id": "acme", "pk": "1"}
PART = re.compile(r"(\(\?P)?<(\w+:)?(?P<name>\w+)>((?<=>)\[[^)]*\))?|[$^]")


def build_urlconf() -> ModuleType:
    """Return the test site's URLs, with the sign-in URLs for the current settings."""
    for module in (base_urls, webauthn_urls, mfa_urls):
        importlib.reload(module)
    conf = ModuleType("tests.signin.everything_on_urls")
    fresh = fresh_urlconf()
    everything = include((fresh.urlpatterns, NAMESPACE))
    conf.urlpatterns = [path("accounts/", everything), path("", include("tests.urls"))]
    conf.paths = [*fresh.urlpatterns, *fresh.jwt_urlpatterns]
    return conf


@pytest.fixture(params=[ALL_SETTINGS, {}], ids=["everything on", "as documented"])
def urlconf(request, home):
    """The test site's URLs with and without every optional setting."""
    names = {key.removeprefix("ACCOUNT_"): value for key, value in request.param.items()}
    own = {key: value for key, value in names.items() if key in ACCOUNT}
    with override_settings(**request.param, WAGTAIL_PORTAL={"SIGN_IN": own}):
        conf = build_urlconf()
        with override_settings(ROOT_URLCONF=conf):
            yield conf
    build_urlconf()


def urls_of(patterns, prefix="/") -> list[str]:
    """Return the paths of all patterns with their parameters filled in."""
    found = []
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            found.append(PART.sub(lambda part: FILLED_IN.get(part["name"], ""), route))
        else:
            found += urls_of(pattern.url_patterns, route)
    return found


def customer(dana) -> Client:
    """Return a test client of a customer who has signed in and confirmed their identity."""
    factories.forget_limits()
    browser = Client()
    ask_for_code(browser, dana.email)
    assert enter(browser, code_in(mail.outbox[-1])).url == "/support/"
    open_page(browser, reverse("wagtail_portal_signin:mfa_activate_totp"), dana.email)
    return browser


def staff(dana) -> Client:
    browser = Client()
    user = factories.staff(is_superuser=True)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.parametrize("person", [lambda dana: Client(), customer, staff])
def test_no_url_fails(urlconf, dana, person):
    browser = person(dana)
    paths = urls_of(urlconf.paths, "/accounts/")
    assert len(paths) > 30
    for url in paths:
        for ask_for in (browser.get, browser.post):
            assert ask_for(url).status_code < 500, url
        if "logout" in url:
            browser = person(dana)


def views_of(patterns):
    """Yield the view of each pattern."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.callback
        else:
            yield from views_of(pattern.url_patterns)


def test_site_that_requires_signing_in_everywhere_blocks_no_url(urlconf):
    """Django's middleware would stop visitors before the views decide who may see them."""
    views = [*views_of(urlconf.paths), *views_of(portal_urls.urlpatterns)]
    assert [view for view in views if getattr(view, "login_required", True)] == []


@pytest.mark.parametrize("urlconf", [ALL_SETTINGS], indirect=True)
def test_unknown_address_is_told_by_email_where_to_sign_in(urlconf, client):
    """There's no sign-up, even if the site has allauth write to unknown addresses."""
    answer = ask_for_code(client, "outsider@nowhere.example")
    assert answer.status_code == 302
    (message,) = mail.outbox
    assert message.to == ["outsider@nowhere.example"]
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    assert client.get(link, follow=True).redirect_chain[0][0] == reverse(SIGN_IN)


def test_disabled_pages_redirect_to_the_sign_in_page(urlconf, client, dana, as_member):
    for name in ("account_email", "account_signup", "socialaccount_connections"):
        url = f"{reverse(f'wagtail_portal_signin:{name}')}?next=/support/new/"
        assert client.get(url).url == "/accounts/login/?next=/support/new/"
        assert as_member(dana).get(url, follow=True).redirect_chain[-1][0] == "/support/new/"
