"""Check that allauth's settings suit the portal."""

from importlib.util import find_spec

from allauth.account import app_settings as account
from allauth.account.adapter import get_adapter
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.utils import get_form_class
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Warning

from wagtail_portal import conf

from .adapter import PortalAccountAdapterMixin
from .allauth_internals import get_rates
from .forms import PortalConfirmCodeForm, PortalLoginForm, PortalRequestCodeForm
from .jwt.issuers import problems
from .social import PortalSocialAccountAdapterMixin

FORMS = {
    "login": PortalLoginForm,
    "request_login_code": PortalRequestCodeForm,
    "confirm_login_code": PortalConfirmCodeForm,
    "confirm_reauthentication_code": PortalConfirmCodeForm,
}
#: Forms that the portal's views use unless the site names another one.
OWN_VIEWS = {"confirm_reauthentication_code": PortalConfirmCodeForm}


def check_signin(app_configs, **kwargs):
    """Check allauth's settings: adapter, forms, and codes instead of passwords."""
    errors = []
    if not isinstance(get_adapter(), PortalAccountAdapterMixin):
        errors.append(
            Error(
                "allauth does not use the portal's adapter: staff could reach the Wagtail admin "
                "with a mailed code, and strangers could sign up.",
                hint="Set ACCOUNT_ADAPTER = 'wagtail_portal.signin.adapter.PortalAccountAdapter', "
                "or mix PortalAccountAdapterMixin into your own adapter.",
                id="wagtail_portal.E004",
            )
        )
    for name, cls in FORMS.items():
        if not issubclass(get_form_class(account.FORMS, name, OWN_VIEWS.get(name, object)), cls):
            errors.append(
                Error(
                    f"allauth does not use the portal's form '{name}': invited people would get "
                    "no code, attempts would not be counted, and errors would be in other words.",
                    hint=f"Set ACCOUNT_FORMS['{name}'] = '{cls.__module__}.{cls.__qualname__}'.",
                    id="wagtail_portal.E005",
                )
            )
    if not account.LOGIN_BY_CODE_ENABLED or "email" not in account.LOGIN_METHODS:
        errors.append(
            Error(
                "Customers cannot sign in with a mailed code.",
                hint="Set ACCOUNT_LOGIN_BY_CODE_ENABLED = True and "
                "ACCOUNT_LOGIN_METHODS = {'email'}.",
                id="wagtail_portal.E006",
            )
        )
    if account.EMAIL_UNKNOWN_ACCOUNTS or not account.PREVENT_ENUMERATION:
        errors.append(
            Warning(
                "Strangers can find out who is a customer, or are mailed although nobody knows "
                "them.",
                hint="Set ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False and "
                "ACCOUNT_PREVENT_ENUMERATION = True.",
                id="wagtail_portal.W007",
            )
        )
    errors += [*_check_limits(), *_check_issuers(), *_check_social(), *_check_policy()]
    if settings.SESSION_ENGINE.endswith(".signed_cookies"):
        errors.append(
            Error(
                "Sessions are kept in cookies, where everybody can read the code that was mailed, "
                "and go back to before a wrong one.",
                hint="Keep sessions in the database or in the cache: see SESSION_ENGINE.",
                id="wagtail_portal.E020",
            )
        )
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    if backend not in settings.AUTHENTICATION_BACKENDS:
        errors.append(
            Error(
                "Nobody can sign in through allauth.",
                hint=f"Add '{backend}' to AUTHENTICATION_BACKENDS.",
                id="wagtail_portal.E008",
            )
        )
    return errors


def _check_issuers():
    """Each entry of JWT_ISSUERS, without its secret."""
    found = []
    for number, entry in enumerate(conf.JWT_ISSUERS):
        name = entry.get("key") or f"number {number + 1}"
        found += [f"{name}: {problem}" for problem in problems(entry)]
    keys = [entry.get("key") for entry in conf.JWT_ISSUERS]
    found += [f"{key}: there are several" for key in {*keys} if keys.count(key) > 1]
    errors = [
        Error(
            f"An issuer of single sign-on is not rightly configured. {problem}.",
            hint="Look at WAGTAIL_PORTAL['JWT_ISSUERS'].",
            id="wagtail_portal.E022",
        )
        for problem in found
    ]
    if conf.JWT_ISSUERS and not find_spec("jwt"):
        errors.append(
            Error(
                "Tokens of single sign-on cannot be read.",
                hint="pip install wagtail-portal[jwt]",
                id="wagtail_portal.E023",
            )
        )
    return errors


def _check_social():
    """Check allauth's adapter for providers, if there are any."""
    if not apps.is_installed("allauth.socialaccount"):
        return []
    if isinstance(get_social_adapter(), PortalSocialAccountAdapterMixin):
        return []
    return [
        Error(
            "allauth does not use the portal's adapter for providers: one that has not verified an "
            "address could sign in a customer, or one of the team.",
            hint="Set SOCIALACCOUNT_ADAPTER = "
            "'wagtail_portal.signin.social.PortalSocialAccountAdapter', or mix "
            "PortalSocialAccountAdapterMixin into your own adapter.",
            id="wagtail_portal.E024",
        )
    ]


def _check_policy():
    """Chromium holds ``form-action`` against where a form's answer leads, too (CSP 3, 6.4.1)."""
    providers = getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}).values()
    policy = getattr(settings, "SECURE_CSP", None) or {}
    allowed = policy.get("form-action")
    narrow = isinstance(allowed, list | tuple | set) and set(allowed) <= {"'self'", "'none'"}
    if not narrow:
        return []
    if not any(provider.get("APPS") or provider.get("APP") for provider in providers):
        return []
    return [
        Warning(
            "The content security policy keeps browsers from going on to the identity provider: "
            "sign-in with it ends at its button.",
            hint="Name the address at which people sign in there in SECURE_CSP['form-action'].",
            id="wagtail_portal.W025",
        )
    ]


def _check_limits():
    """Check that codes have limits that also stop someone patient."""
    rates = get_rates(app="allauth.account", action="request_login_code")
    lasting = {rate.per for rate in rates if rate.duration >= 3600}
    if {"ip", "key"} <= lasting:
        return []
    return [
        Warning(
            "Thousands of codes a day can be mailed to one address, or asked for by one visitor.",
            hint="Give ACCOUNT_RATE_LIMITS['request_login_code'] windows of an hour, for example "
            "'20/m/ip,200/h/ip,3/m/key,10/h/key'.",
            id="wagtail_portal.W021",
        )
    ]
