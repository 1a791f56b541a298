"""The few of allauth's URLs that a portal needs, under allauth's names.

Pages for passwords and sign-up have no URL at all. A site that includes allauth's own URLs puts
these above them.
"""

from importlib.util import find_spec

from allauth.account import views
from django.apps import apps
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.cache import never_cache

from wagtail_portal.portal_urls import home_url

from .views import confirm_code, login, request_code

# The library that reads tokens is an extra, for sites that use it.
jwt_patterns = []
if find_spec("jwt"):
    from .jwt import views as jwt_views

    jwt_patterns = [
        path("jwt/<slug:key>/", jwt_views.arrive, name="wagtail_portal_jwt"),
        path("jwt/<slug:key>/confirm/", jwt_views.confirm, name="wagtail_portal_jwt_confirm"),
    ]

# Providers are optional as well. None of allauth's pages for managing them is needed.
social_patterns = []
if apps.is_installed("allauth.socialaccount"):
    from allauth.socialaccount import views as social_views
    from allauth.urls import build_provider_urlpatterns

    social_patterns = [
        path("sso/cancelled/", social_views.login_cancelled, name="socialaccount_login_cancelled"),
        path("sso/error/", social_views.login_error, name="socialaccount_login_error"),
        *build_provider_urlpatterns(),
    ]


def uncached(patterns) -> list:
    """Return the same URLs, whose responses no cache may store."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            uncached(pattern.url_patterns)
        else:
            pattern.callback = never_cache(pattern.callback)
    return patterns


# Second factors and passkeys are optional.
mfa_patterns = []
if apps.is_installed("allauth.mfa"):
    from allauth.mfa.urls import urlpatterns as factors

    mfa_patterns = [
        path("2fa/", include(uncached(factors))),
        path("again/", never_cache(views.reauthenticate), name="account_reauthenticate"),
    ]


@never_cache
def verification_sent(request):
    """Show allauth's page, but send signed-in users to the portal. allauth would send them to its
    list of email addresses, which has no URL here."""
    if request.user.is_authenticated:
        return redirect(home_url(request) or "/")
    return views.email_verification_sent(request)


urlpatterns = [
    path("login/", login, name="account_login"),
    path("login/code/", request_code, name="account_request_login_code"),
    path("login/code/confirm/", confirm_code, name="account_confirm_login_code"),
    *jwt_patterns,
    *social_patterns,
    *mfa_patterns,
    path("logout/", never_cache(views.logout), name="account_logout"),
    path("inactive/", never_cache(views.account_inactive), name="account_inactive"),
    path(
        "confirm-email/",
        verification_sent,
        name="account_email_verification_sent",
    ),
]
