"""A site with ``HEADLESS_ONLY``: an app shows its accounts, and it has no pages of allauth's."""

from allauth import app_settings

from tests.signin.test_openid import LOGIN, configured, provider, sign_in
from tests.signin.tokens import user_of

__all__ = ["configured", "provider"]


def test_members_sign_in_to_the_portal_with_a_provider(client, home, dana, provider, settings):
    settings.HEADLESS_ONLY = True
    assert sign_in(client, provider, "verified").url == "/support/new/"
    assert user_of(client) == str(dana.user.pk)


def test_site_itself_has_no_pages(client, home, settings):
    settings.HEADLESS_ONLY = True
    assert client.get(LOGIN, follow=True).request["PATH_INFO"] == "/accounts/login/"
    assert app_settings.HEADLESS_ONLY
