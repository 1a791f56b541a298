"""The few of allauth's URLs that a portal needs, under allauth's names.

Pages on which people sign up or change a password have no URL at all. A site that includes
allauth's own URLs puts these above them.
"""

from importlib.util import find_spec

from allauth.account import app_settings as account
from allauth.account import views
from django.apps import apps
from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from .views import confirm_code, login, request_code, sign_in_again

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
    from allauth.urls import build_provider_urlpatterns

    social_patterns = build_provider_urlpatterns()


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

    mfa_patterns = [path("2fa/", include(uncached(factors)))]

reauthentication_patterns = [
    path("reauthenticate/", never_cache(views.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/again/", sign_in_again, name="wagtail_portal_sign_in_again"),
]
# allauth sends verification codes since version 65.22.
if hasattr(views, "ConfirmReauthenticationCodeView"):
    from . import reauthentication

    reauthentication_patterns += [
        path(
            "reauthenticate/code/",
            reauthentication.request_code,
            name="account_request_reauthentication_code",
        ),
        path(
            "reauthenticate/code/confirm/",
            reauthentication.confirm_code,
            name="account_confirm_reauthentication_code",
        ),
    ]

# Where addresses are confirmed by a link instead of a code.
link_patterns = []
if not account.EMAIL_VERIFICATION_BY_CODE_ENABLED:
    link_patterns = [
        re_path(
            r"^confirm-email/(?P<key>[-:\w]+)/$",
            never_cache(views.confirm_email),
            name="account_confirm_email",
        )
    ]

# allauth leads to these names whatever else is there: the sign-in page takes people from there, and
# sends on who is signed in. No page of allauth has such a path, so that a site that includes its
# URLs below these keeps them.
to_sign_in = never_cache(RedirectView.as_view(pattern_name="account_login", query_string=True))
closed_patterns = [
    path(f"closed/{name}/", to_sign_in, name=name)
    for name in (
        "account_email",
        "account_signup",
        "account_signup_by_passkey",
        "socialaccount_connections",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
    )
]

urlpatterns = [
    path("login/", login, name="account_login"),
    path("login/code/", request_code, name="account_request_login_code"),
    path("login/code/confirm/", confirm_code, name="account_confirm_login_code"),
    *jwt_patterns,
    *social_patterns,
    *mfa_patterns,
    *reauthentication_patterns,
    *link_patterns,
    *closed_patterns,
    path("logout/", never_cache(views.logout), name="account_logout"),
    path("inactive/", never_cache(views.account_inactive), name="account_inactive"),
    path(
        "confirm-email/",
        never_cache(views.email_verification_sent),
        name="account_email_verification_sent",
    ),
]
