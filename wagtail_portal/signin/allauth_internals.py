"""Everything that depends on django-allauth's internals.

That is everything in ``allauth.*.internal``, private attributes, and deprecated code: any release
can change it. ``tests/signin/test_allauth_internals.py`` reports what a release has changed.
"""

from collections.abc import Callable
from typing import Any

from allauth import app_settings as shared_settings
from allauth.account import app_settings
from allauth.account.internal import flows
from allauth.account.internal.flows.email_verification import verify_email_indirectly
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.exceptions import RateLimited
from allauth.core.internal.ratelimit import get_ip, get_rates
from allauth.socialaccount import app_settings as social_settings
from django.apps import apps
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext

from wagtail_portal import exceptions
from wagtail_portal.actions.rate_limits import use
from wagtail_portal.utils.typing import Mixin

from .browsers import known_browser

# Second factors are optional.
if apps.is_installed("allauth.mfa"):
    from allauth.mfa.totp.internal.auth import validate_totp_code
else:
    validate_totp_code = None

__all__ = [
    "LOGIN_SESSION_KEY",
    "ChecksAddressMixin",
    "KeepsNextMixin",
    "LimitsResendMixin",
    "RequestsCodeMixin",
    "clear_login",
    "code_address",
    "code_recipients",
    "count_attempt",
    "count_code",
    "find_code_user",
    "get_rates",
    "keep_pages",
    "layer_settings",
    "perform_login",
    "reauthentication_code_has_expired",
    "record_authentication",
    "sent_code_address",
    "validate_totp_code",
    "verify_email_indirectly",
]


class LayeredSettingsMixin:
    """Look up each setting in ``find_layer(prefix)`` before Django's settings."""

    find_layer: Callable[[str], dict] = staticmethod(lambda prefix: {})

    def _setting(self, name, dflt):
        layer = self.find_layer(self.prefix)
        return layer[name] if name in layer else super()._setting(name, dflt)


def layer_settings(find_layer) -> None:
    """Let allauth look up each of its settings for accounts and providers elsewhere first.

    :param find_layer: returns a dictionary of settings for a prefix such as ``"ACCOUNT_"``.
    """
    for module in (app_settings, social_settings):
        found = module._app_settings
        if not isinstance(found, LayeredSettingsMixin):
            cls = type("LayeredSettings", (LayeredSettingsMixin, type(found)), {})
            module._app_settings = found = cls(found.prefix)
        found.find_layer = find_layer


def keep_pages(is_portal) -> None:
    """Let the portal have pages on a site without allauth's, whose ``HEADLESS_ONLY`` is ``True``.

    :param is_portal: returns whether allauth works for the portal now.
    """

    found = shared_settings._app_settings
    settings_class: Any = type(found)

    class WithPages(settings_class):
        @property
        def HEADLESS_ONLY(self) -> bool:
            return not is_portal() and super().HEADLESS_ONLY

    shared_settings._app_settings = WithPages(found.prefix)


def code_recipients(user) -> list[str]:
    """Return the verified email addresses and phone numbers of a user."""
    found = flows.reauthentication.get_reauthentication_code_recipients(user)
    return [value for recipient in found for value in recipient.values()]


def find_code_user(email: str):
    """Return the user to whom allauth sends a code for this email address, or None."""
    found = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    return found[0] if found else None


def count_code(request, email: str, browser: str) -> int:
    """Count a code for an email address, and return in how many minutes allauth's rate limits allow
    another one; 0 if they allow this one.

    They're counted like all others, because allauth counts in the cache, which can be out of reach.

    :param browser: an ID of the browser if it's known for the address, else "". A known browser
        gets as many codes as an address, and others can't use them up.
    """
    action = "request_login_code"
    for rate in get_rates(app="allauth.account", action=action):
        if rate.per == "key":
            by = f"{email.lower()} {browser}".strip()
        elif browser:
            continue
        else:
            by = get_ip(request)
        try:
            use(f"{action} {rate}", by, allowed=rate.amount, period=rate.duration)
        except exceptions.RateLimited as error:
            return error.minutes
    return 0


def count_attempt(request) -> bool:
    """Count an attempt at the code that's being entered, and return whether it's allowed.

    allauth's own count is in the session, of which simultaneous requests have copies.
    """
    state = _code_state(request)
    code = f"{state.get('email')} {state.get('at')} {state.get('resend_count')}"
    allowed, period = app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS, app_settings.LOGIN_BY_CODE_TIMEOUT
    try:
        use("attempts at a code", code, allowed=allowed, period=period)
    except exceptions.RateLimited:
        return False
    return True


def _code_state(request) -> dict:
    """Return what allauth stores about the code that's being entered."""
    if stage := getattr(request, "_login_stage", None):
        return stage.state
    if by_code := getattr(flows, "reauthenticate_by_code", None):
        return request.session.get(by_code.REAUTHENTICATION_CODE_SESSION_KEY) or {}
    # Before version 65.22, allauth has no codes for signed-in users.
    return {}


def code_address(request) -> str:
    """Return the lower-case email address whose code is being entered, or ""."""
    return (_code_state(request).get("email") or "").lower()


def sent_code_address(request) -> str:
    """Return the email address that a sign-in code was sent to, even if it has expired; or ""."""
    return (request.session.get(LOGIN_SESSION_KEY) or {}).get("email") or ""


def reauthentication_code_has_expired(request) -> bool:
    """Return whether the verification code that was sent to a signed-in user has expired."""
    by_code = flows.reauthenticate_by_code
    state = request.session.get(by_code.REAUTHENTICATION_CODE_SESSION_KEY)
    process = by_code.ConfirmReauthenticationCodeProcess
    return bool(state) and not process(request=request, state=state, user=request.user).is_valid()


class RequestsCodeMixin(Mixin):
    """Mix into allauth's form for requesting a code to choose its user."""

    def set_code_user(self, user) -> None:
        """Send the code to this user; None for no one."""
        self._user = user


class KeepsNextMixin(Mixin):
    """Keep a newer deep link when redirecting to the page for a code requested earlier, unless it's
    now requested for another address, as after a typo."""

    def _redirect_to_pending_stage(self, request, stage):
        address = request.POST.get("login", request.POST.get("email", "")).strip()
        if address and address.lower() != sent_code_address(request).lower():
            clear_login(request)
            return None
        response = super()._redirect_to_pending_stage(request, stage)
        return HttpResponseRedirect(self.passthrough_next_url(response.url))


class ChecksAddressMixin(Mixin):
    """Call ``address_proven`` once the code is correct, before the user signs in."""

    def _verify_form_valid(self, form):
        if email := self._process.state.get("email"):
            self.address_proven(self._process.user, email)
        return super()._verify_form_valid(form)


class LimitsResendMixin(Mixin):
    """Count resending a code like requesting one."""

    def _resend_form_valid(self, form):
        state, resend = self._process.state, self._process.resend
        key = (state.get("email") or state.get("phone") or "").lower()

        def resend_if_allowed():
            if count_code(self.request, key, known_browser(self.request, key)):
                raise RateLimited
            resend()
            text = gettext("We’ve sent a new code. Earlier codes no longer work.")
            messages.success(self.request, text)

        # allauth's view catches the exception and shows an error.
        self._process.resend = resend_if_allowed
        return super()._resend_form_valid(form)
