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
from wagtail_portal.utils.imports import includes, leads_to

from .adapter import PortalAccountAdapterMixin
from .allauth_internals import get_rates
from .forms import PortalConfirmCodeForm, PortalLoginForm, PortalRequestCodeForm
from .jwt.issuers import find_issuers, problems
from .scope import settings_of
from .social import PortalSocialAccountAdapterMixin

FORMS = {
    "login": PortalLoginForm,
    "request_login_code": PortalRequestCodeForm,
    "confirm_login_code": PortalConfirmCodeForm,
    "confirm_reauthentication_code": PortalConfirmCodeForm,
}
#: Forms that the portal's views use unless the site sets another one.
DEFAULTS = {"confirm_reauthentication_code": PortalConfirmCodeForm}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
COOKIES = "django.contrib.sessions.backends.signed_cookies"


def check_signin(app_configs, **kwargs):
    """Check allauth's settings for the portal: adapters, forms, limits, and codes."""
    with settings_of(portal=True):
        return [
            *_check_account(),
            *_check_sessions(),
            *_check_limits(),
            *_check_issuers(),
            *_check_social(),
            *_check_policy(),
        ]


def _check_account():
    if not isinstance(get_adapter(), PortalAccountAdapterMixin):
        yield Error(
            "The portal's adapter for allauth was replaced: team members could open the Wagtail "
            "admin with an emailed code, and anyone could sign up.",
            hint="Mix wagtail_portal.signin.adapter.PortalAccountAdapterMixin into the class that "
            "WAGTAIL_PORTAL['SIGN_IN']['ADAPTER'] names.",
            id="wagtail_portal.E004",
        )
    for name, cls in FORMS.items():
        if not issubclass(get_form_class(account.FORMS, name, DEFAULTS.get(name, object)), cls):
            yield Error(
                f"The portal's form '{name}' was replaced: invited people would get no code, "
                "attempts would not be counted, and errors would be worded differently.",
                hint=f"Inherit from {cls.__module__}.{cls.__qualname__} in the class that "
                f"WAGTAIL_PORTAL['SIGN_IN']['FORMS']['{name}'] names.",
                id="wagtail_portal.E005",
            )
    if not account.LOGIN_BY_CODE_ENABLED or "email" not in account.LOGIN_METHODS:
        yield Error(
            "Customers cannot sign in with an emailed code.",
            hint="Remove LOGIN_BY_CODE_ENABLED and LOGIN_METHODS from WAGTAIL_PORTAL['SIGN_IN'].",
            id="wagtail_portal.E006",
        )
    if account.EMAIL_UNKNOWN_ACCOUNTS or not account.PREVENT_ENUMERATION:
        yield Warning(
            "Visitors can find out who is a customer, or emails are sent to unknown addresses.",
            hint="Remove EMAIL_UNKNOWN_ACCOUNTS and PREVENT_ENUMERATION from "
            "WAGTAIL_PORTAL['SIGN_IN'].",
            id="wagtail_portal.W007",
        )
    if not includes(settings.AUTHENTICATION_BACKENDS, BACKEND):
        yield Error(
            "No one can sign in through allauth.",
            hint=f"Add '{BACKEND}' to AUTHENTICATION_BACKENDS.",
            id="wagtail_portal.E008",
        )


def _check_sessions():
    if leads_to(f"{settings.SESSION_ENGINE}.SessionStore", f"{COOKIES}.SessionStore"):
        yield Error(
            "Sessions are stored in cookies, where visitors can read the emailed code, and reset "
            "the number of attempts.",
            hint="Store sessions in the database or in the cache: see SESSION_ENGINE.",
            id="wagtail_portal.E020",
        )
    if str(settings.SESSION_COOKIE_SAMESITE).lower() == "strict":
        yield Warning(
            "Browsers don't send the session cookie with links in emails, or after sign-in with a "
            "provider or a token: people have to sign in again, or can't sign in at all.",
            hint="Set SESSION_COOKIE_SAMESITE = 'Lax', as is Django's default.",
            id="wagtail_portal.W036",
        )


def _check_limits():
    # Limits per minute alone don't stop a patient attacker.
    rates = get_rates(app="allauth.account", action="request_login_code")
    if not {"ip", "key"} <= {rate.per for rate in rates if rate.duration >= 3600}:
        yield Warning(
            "Thousands of codes a day can be sent to one address, or requested by one visitor.",
            hint="Give WAGTAIL_PORTAL['SIGN_IN']['RATE_LIMITS']['request_login_code'] windows of "
            "an hour, for example '20/m/ip,200/h/ip,3/m/key,10/h/key'.",
            id="wagtail_portal.W021",
        )


def _check_issuers():
    # Never with the secret.
    found = []
    for number, entry in enumerate(conf.JWT_ISSUERS, 1):
        name = entry.get("key") or f"number {number}"
        found += [f"{name}: {problem}" for problem in problems(entry)]
    keys = [entry.get("key") for entry in conf.JWT_ISSUERS]
    found += [f"{key}: there are several" for key in {*keys} if keys.count(key) > 1]
    for problem in found:
        yield Error(
            f"An issuer of single sign-on is not configured correctly. {problem}.",
            hint="Correct WAGTAIL_PORTAL['JWT_ISSUERS'].",
            id="wagtail_portal.E022",
        )
    if conf.JWT_ISSUERS and not find_spec("jwt"):
        yield Error(
            "Single sign-on with tokens needs PyJWT.",
            hint="pip install wagtail-portal[jwt]",
            id="wagtail_portal.E023",
        )


def _check_social():
    installed = apps.is_installed("allauth.socialaccount")
    if installed and not isinstance(get_social_adapter(), PortalSocialAccountAdapterMixin):
        yield Error(
            "The portal's adapter for providers was replaced: team members could sign in through a "
            "provider, and customers with an address that it has not verified.",
            hint="Mix wagtail_portal.signin.social.PortalSocialAccountAdapterMixin into the class "
            "that WAGTAIL_PORTAL['SOCIAL_SIGN_IN']['ADAPTER'] names.",
            id="wagtail_portal.E024",
        )


def _check_policy():
    # Chromium applies form-action to the redirect after a form, too (CSP 3, section 6.4.1).
    django_csp = getattr(settings, "CONTENT_SECURITY_POLICY", None) or {}
    policies = [getattr(settings, "SECURE_CSP", None), django_csp.get("DIRECTIVES")]
    found = [(policy or {}).get("form-action") for policy in policies]
    own = {"'self'", "'none'"}
    if not any(isinstance(row, list | tuple | set) and set(row) <= own for row in found):
        return
    stopped = {}
    providers = getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}).values()
    if any(provider.get("APPS") or provider.get("APP") for provider in providers):
        stopped["the provider's sign-in page"] = "a provider's sign-in button does nothing"
    for issuer in find_issuers():
        if issuer.at_once:
            stopped[issuer.login_url] = "forms do nothing if the session has ended"
        if issuer.logout_url:
            stopped[issuer.logout_url] = "the button for signing out seems to do nothing"
    for address, effect in stopped.items():
        yield Warning(
            f"The content security policy stops forms from leading to other sites: {effect}.",
            hint=f"Add the address of {address} to form-action in the policy.",
            id="wagtail_portal.W025",
        )
