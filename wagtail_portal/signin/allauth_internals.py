"""Keep what the portal needs of django-allauth's internals in one place.

That is everything beneath ``allauth.*.internal``, private attributes, and what allauth says it will
remove: any release may change it. No other module touches it, and
``tests/signin/test_allauth_internals.py`` says what a release has changed.
"""

from allauth.account.internal import flows
from allauth.account.internal.flows.email_verification import verify_email_indirectly
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.core import ratelimit
from allauth.core.exceptions import RateLimited
from allauth.core.internal.ratelimit import get_rates
from django.http import HttpResponseRedirect

__all__ = [
    "KeepsNextMixin",
    "LimitsResendMixin",
    "clear_login",
    "code_address",
    "code_recipients",
    "get_rates",
    "perform_login",
    "reauthentication_code_has_expired",
    "record_authentication",
    "verify_email_indirectly",
]


def code_recipients(user) -> list[str]:
    """Return where allauth can send a signed-in user a verification code: their verified email
    addresses, and a phone number where the site keeps one."""
    found = flows.reauthentication.get_reauthentication_code_recipients(user)
    return [value for recipient in found for value in recipient.values()]


def code_address(request) -> str:
    """Return the lower-case email address whose code is being entered, "" if there is none."""
    if stage := getattr(request, "_login_stage", None):
        state = stage.state
    elif by_code := getattr(flows, "reauthenticate_by_code", None):
        state = request.session.get(by_code.REAUTHENTICATION_CODE_SESSION_KEY) or {}
    else:
        # Before 65.22, allauth asks nobody who is signed in for a code.
        state = {}
    return (state.get("email") or "").lower()


def reauthentication_code_has_expired(request) -> bool:
    """Return whether the signed-in visitor was sent a verification code that is too old by now."""
    by_code = flows.reauthenticate_by_code
    state = request.session.get(by_code.REAUTHENTICATION_CODE_SESSION_KEY)
    process = by_code.ConfirmReauthenticationCodeProcess
    return bool(state) and not process(request=request, state=state, user=request.user).is_valid()


class KeepsNextMixin:
    """Take a newer deep link along when a visitor is sent on to the code they requested before."""

    def _redirect_to_pending_stage(self, request, stage):
        response = super()._redirect_to_pending_stage(request, stage)
        return HttpResponseRedirect(self.passthrough_next_url(response.url))


class LimitsResendMixin:
    """Count a code that is sent again like one that is requested."""

    def _resend_form_valid(self, form):
        state, resend = self._process.state, self._process.resend
        key = (state.get("email") or state.get("phone") or "").lower()

        def resend_if_allowed():
            if not ratelimit.consume(self.request, action="request_login_code", key=key):
                raise RateLimited
            resend()

        # allauth's view catches the exception, and says so on the page.
        self._process.resend = resend_if_allowed
        return super()._resend_form_valid(form)
