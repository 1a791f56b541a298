"""The few URLs of allauth that a portal needs, under allauth's names in a namespace of their own.

There are none for signing up or changing a password. allauth reverses the names without a
namespace: see :mod:`~wagtail_portal.signin.site_urls`.
"""

from functools import wraps
from importlib.util import find_spec

from allauth.account import views
from django.apps import apps
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView
from wagtail.models import Site

from wagtail_portal.read_only_mode import allowed_when_read_only
from wagtail_portal.utils.error_reports import private_reports

from .browsers import limit_sessions
from .outages import refuse_uncounted, without_cache
from .scope import in_portal
from .settings import portal_settings
from .site_urls import NAMESPACE
from .views import (
    confirm_code,
    inactive,
    login,
    logout,
    request_code,
    sign_in_again,
    verify_address,
)

app_name = NAMESPACE
reauthenticate = never_cache(views.reauthenticate)
LOGIN = f"{NAMESPACE}:account_login"
#: Pages of second factors for people who aren't signed in yet.
BEFORE_SIGN_IN = {"mfa_authenticate", "mfa_login_webauthn", "mfa_signup_webauthn", "mfa_trust"}


def decorated(patterns, decorator) -> list:
    """Return copies of URL patterns, which may be those of the site, with a decorator around every
    view."""
    found: list[URLPattern | URLResolver] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = decorated(pattern.url_patterns, decorator)
            found.append(URLResolver(pattern.pattern, inner, pattern.default_kwargs))
        else:
            view = decorator(pattern.callback)
            found.append(URLPattern(pattern.pattern, view, pattern.default_args, pattern.name))
    return found


def for_users(patterns) -> list:
    """Return copies of URL patterns that ask visitors to sign in to the portal first."""
    return [
        pattern
        if getattr(pattern, "name", "") in BEFORE_SIGN_IN
        else decorated([pattern], login_required(login_url=LOGIN))[0]
        if isinstance(pattern, URLPattern)
        else URLResolver(pattern.pattern, for_users(pattern.url_patterns))
        for pattern in patterns
    ]


def of_site(view):
    """Find a view only at the address of a site, as Wagtail does its pages: without a site, there
    are no settings, and no codes."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if Site.find_for_request(request) is None:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def protected(view):
    """Keep secrets out of error reports about a view, let allauth work for the portal in it, limit
    the sessions that it begins, and refuse what can't be counted."""
    view = private_reports(of_site(in_portal(limit_sessions(refuse_uncounted(view)))))
    # For the middleware, which replaces error pages.
    view.is_protected = view.is_portal_view = True
    # Those for users ask visitors to sign in themselves: see for_users().
    return login_not_required(view)


urlpatterns = [
    path("login/", login, name="account_login"),
    path("login/code/", request_code, name="account_request_login_code"),
    path("login/code/confirm/", confirm_code, name="account_confirm_login_code"),
    path("logout/", allowed_when_read_only(logout), name="account_logout"),
    path("inactive/", inactive, name="account_inactive"),
    *for_users(
        [
            path("reauthenticate/", reauthenticate, name="account_reauthenticate"),
            path("reauthenticate/again/", sign_in_again, name="wagtail_portal_sign_in_again"),
        ]
    ),
]

#: Tokens of other systems, which have URLs of the portal's own.
jwt_urlpatterns = []
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
    jwt_urlpatterns = decorated(decorated(jwt_patterns, without_cache), protected)

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

    from .second_factor import authenticate

    inner = decorated(for_users(mfa_patterns), never_cache)
    # The last of two with one name is reversed, but the first of two with one path is found.
    own = path("authenticate/", authenticate, name="mfa_authenticate")
    urlpatterns.append(path("2fa/", ([own, *inner], None, None)))

# allauth can send verification codes since version 65.22.
if hasattr(views, "ConfirmReauthenticationCodeView"):
    from . import reauthentication

    urlpatterns += for_users(
        [
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
    )

# Email addresses are verified by a code or a link.
if portal_settings("ACCOUNT_")["EMAIL_VERIFICATION_BY_CODE_ENABLED"]:
    sent = verify_address
else:
    sent = never_cache(views.email_verification_sent)
    route, confirm_email = r"^confirm-email/(?P<key>[-:\w]+)/$", never_cache(views.confirm_email)
    urlpatterns.append(re_path(route, confirm_email, name="account_confirm_email"))
urlpatterns.append(path("confirm-email/", sent, name="account_email_verification_sent"))

# allauth always reverses these names, so they lead to the sign-in page.
to_sign_in = never_cache(RedirectView.as_view(pattern_name=LOGIN, query_string=True))
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

urlpatterns = decorated(urlpatterns, protected)
