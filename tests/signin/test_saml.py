"""What SAML's views fail at. Their library isn't installed here, so others stand in for them."""

from types import ModuleType
from urllib.error import HTTPError, URLError

import pytest
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.core.exceptions import PermissionDenied
from django.urls import include, path, reverse

from wagtail_portal.signin.provider_views import guarded
from wagtail_portal.signin.urls import protected

URL = "/saml/birch/login/"


@pytest.fixture
def fail_with(settings, monkeypatch, home):
    """Return ``fail_with(error)``, after which the provider's view raises it."""
    reverse("wagtail_portal_signin:account_login")
    monkeypatch.setitem(registry.provider_map, "saml", SAMLProvider)
    app = {"provider_id": "birch", "client_id": "birch", "name": "Birch Login"}
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [app]}}
    errors = []

    def login(request, organization_slug):
        raise errors[-1]

    conf = ModuleType("tests.signin.saml_urls")
    view = protected(guarded(login))
    conf.urlpatterns = [
        path("saml/<organization_slug>/login/", view, name="saml_login"),
        path("", include("tests.urls")),
    ]
    settings.ROOT_URLCONF = conf
    return errors.append


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (URLError("Connection refused"), "We can’t reach Birch Login right now."),
        (TimeoutError("timed out"), "We can’t reach Birch Login right now."),
        (HTTPError("https://x.example", 502, "Bad Gateway", {}, None), "We couldn’t read"),
        # What lxml says about a response that isn't XML.
        (SyntaxError("Document is empty"), "We couldn’t read"),
        # What allauth says about a response that answers no request of this browser.
        (PermissionDenied(), "We couldn’t read"),
    ],
)
def test_failure_of_the_provider_is_not_an_error(client, fail_with, error, words):
    fail_with(error)
    response = client.post(URL)
    assert response.status_code == 403
    assert words in response.content.decode()


def test_reason_is_logged(client, fail_with, settings, caplog):
    def finish(request, organization_slug):
        context = {"saml_last_error_reason": "The\nassertion has expired."}
        return render_authentication_error(request, "Birch Login", extra_context=context)

    view = protected(guarded(finish))
    route = path("saml/<organization_slug>/acs/finish/", view, name="saml_finish_acs")
    settings.ROOT_URLCONF.urlpatterns.insert(0, route)
    assert client.get("/saml/birch/acs/finish/").status_code == 403
    assert "refused: provider unknown The assertion has expired." in caplog.text
