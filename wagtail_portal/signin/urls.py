"""The few URLs of allauth that a portal needs, under allauth's names.

There are none for signing up or changing a password. A site that includes allauth's own URLs puts
these above them.
"""

from importlib.util import find_spec

from allauth.account import app_settings as account
from allauth.account import views
from django.apps import apps
from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from wagtail_portal.read_only_mode import allowed_when_read_only
from wagtail_portal.utils.error_reports import private_reports

from .browsers import limit_sessions
from .outages import refuse_uncounted, without_cache
from .views import confirm_code, login, logout, request_code, sign_in_again


def decorated(patterns, decorator) -> list:
    """Return the URL patterns with a decorator around every view."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            decorated(pattern.url_patterns, decorator)
        else:
            pattern.callback = decorator(pattern.callback)
    return patterns


def protected(view):
    """Keep secrets out of error reports about a view, limit the sessions that it begins, and refuse
    what can't be counted.

    allauth's URL patterns can be included a second time; no view is protected twice.
    """
    if not getattr(view, "is_protected", False):
        view = private_reports(limit_sessions(refuse_uncounted(view)))
        # The latter is for the middleware, which replaces error pages.
        view.is_protected = view.is_portal_view = True
    return view


urlpatterns = [
    path("login/", login, name="account_login"),
    path("login/code/", request_code, name="account_request_login_code"),
    path("login/code/confirm/", confirm_code, name="account_confirm_login_code"),
    path("logout/", allowed_when_read_only(logout), name="account_logout"),
    path("inactive/", never_cache(views.account_inactive), name="account_inactive"),
    path("reauthenticate/", never_cache(views.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/again/", sign_in_again, name="wagtail_portal_sign_in_again"),
    path(
        "confirm-email/",
        never_cache(views.email_verification_sent),
        name="account_email_verification_sent",
    ),
]

# PyJWT is an optional dependency.
if find_spec("jwt"):
    from .jwt import sign_out
    from .jwt import views as jwt_views

    jwt_patterns = [
        path("jwt/<slug:key>/", jwt_views.receive, name="wagtail_portal_jwt"),
        path("jwt/<slug:key>/confirm/", jwt_views.confirm, name="wagtail_portal_jwt_confirm"),
        path("jwt/<slug:key>/logout/", sign_out.front_channel, name="wagtail_portal_jwt_logout"),
        path(
            "jwt/<slug:key>/backchannel-logout/",
            sign_out.back_channel,
            name="wagtail_portal_jwt_backchannel_logout",
        ),
    ]
    urlpatterns += decorated(jwt_patterns, without_cache)

# Providers, without allauth's pages for managing them.
if apps.is_installed("allauth.socialaccount"):
    from allauth.urls import build_provider_urlpatterns

    from .provider_views import guarded

    urlpatterns += decorated(
        build_provider_urlpatterns(), lambda view: without_cache(guarded(view))
    )

# Second factors and passkeys.
if apps.is_installed("allauth.mfa"):
    from allauth.mfa.urls import urlpatterns as mfa_patterns

    urlpatterns += [path("2fa/", include(decorated(mfa_patterns, never_cache)))]

# allauth can send verification codes since version 65.22.
if hasattr(views, "ConfirmReauthenticationCodeView"):
    from . import reauthentication

    urlpatterns += [
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

# Email addresses are verified by a link instead of a code.
if not account.EMAIL_VERIFICATION_BY_CODE_ENABLED:
    urlpatterns += [
        re_path(
            r"^confirm-email/(?P<key>[-:\w]+)/$",
            never_cache(views.confirm_email),
            name="account_confirm_email",
        )
    ]

# allauth always reverses these names, so they lead to the sign-in page. Their paths differ from
# allauth's, so that a site that includes allauth's URLs below these keeps those pages.
to_sign_in = never_cache(RedirectView.as_view(pattern_name="account_login", query_string=True))
urlpatterns += [
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

decorated(urlpatterns, protected)
