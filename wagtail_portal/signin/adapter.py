"""allauth's adapter in the portal. The rest of the site keeps its own."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_portal import conf
from wagtail_portal.actions import record_sign_in, send_sign_in_code, use_token
from wagtail_portal.metrics import REFUSALS
from wagtail_portal.models import PortalSettings
from wagtail_portal.portal_urls import SIGN_IN, admin_login_url, home_url
from wagtail_portal.utils.text import clean_line
from wagtail_portal.utils.typing import Mixin

from .allauth_internals import clear_login, count_code
from .browsers import known_browser, remember_browser
from .jwt.issuers import find_issuers
from .jwt.sessions import issuer_of, remember
from .provisioning import code_recipients
from .scope import is_active, settings_of
from .settings import code_minutes

#: allauth's errors that the metrics count.
COUNTED_ERRORS = {"incorrect_code", "rate_limited", "too_many_login_attempts"}


class PortalAccountAdapterMixin(Mixin):
    """No sign-up, codes from the portal's own email address, and no codes for staff.

    Sites that change it for the portal name their class in ``WAGTAIL_PORTAL["SIGN_IN"]``.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _(
            "That code isn’t correct. Check it and try again, or request a new one."
        ),
        "too_many_login_attempts": _(
            "Too many attempts. Wait a few minutes, then request a new code."
        ),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code in COUNTED_ERRORS:
            REFUSALS.labels(reason=code).inc()
        return super().validation_error(code, *args)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        try:
            return super().is_safe_url(url)
        except ValueError:
            # Not a URL at all, such as "https://[".
            return False

    def get_client_ip(self, request: HttpRequest) -> str:
        if not is_active():
            return super().get_client_ip(request)
        # The site may have its own way to find it out.
        with settings_of(portal=False):
            return get_adapter(request).get_client_ip(request)

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        method = _last_method(request, user)
        may_use_codes = method == "code" and conf.AGENTS_MAY_USE_CODES
        if is_staff(user) and method not in STAFF_METHODS and not may_use_codes:
            # Access to a mailbox must never be enough for the admin.
            clear_login(request)
            messages.info(request, _("You’re a team member. Sign in with your password."))
            return HttpResponseRedirect(admin_login_url())
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, once per session, which gets a new key: several requests with one code, sent at
        the same moment, would open as many sessions.

        :raises ImmediateHttpResponse: if another request of the session was faster.
        """
        key, until = request.session.session_key, timezone.now() + ONCE_FOR
        # The key stays the same for someone who is signed in already.
        begins = getattr(request.user, "pk", None) != user.pk
        if key and begins and not use_token(ONCE, key, expires_at=until):
            # The cookie that the other response has set must stay.
            request.session.modified = False
            url = get_next_redirect_url(request) or self.get_login_redirect_url(request)
            raise ImmediateHttpResponse(HttpResponseRedirect(url))
        # Stored with the session by allauth, if the site lists sessions.
        if agent := request.META.get("HTTP_USER_AGENT"):
            request.META["HTTP_USER_AGENT"] = clean_line(agent)
        super().login(request, user)

    def post_login(
        self, request: HttpRequest, user: Any, *, email: str | None = None, **kwargs: Any
    ) -> HttpResponse:
        response = super().post_login(request, user, email=email, **kwargs)
        verified = EmailAddress.objects.filter(user=user, email__iexact=email, verified=True)
        if email and verified.exists():
            with_code = _last_method(request, user) == "code"
            by_code = with_code and not is_staff(user)
            site = Site.find_for_request(request) if by_code else None
            record_sign_in(user, email=email, site=site)
            was_known = known_browser(request, email)
            browser = remember_browser(request, response, email) if response else ""
            if browser and with_code and not was_known:
                # This code was counted for the address.
                count_code(request, email, browser)
        if not remember(request):
            self.logout(request)
            messages.info(request, _("You’ve signed out in the meantime. Sign in again."))
            return HttpResponseRedirect(sign_in_url())
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        """Return how a signed-in user can confirm that it's them, in order of preference.

        An emailed code isn't enough for staff, nor for users with a second factor, which someone
        who reads their email could otherwise remove.
        """
        methods = super().get_reauthentication_methods(user)
        if not user.is_authenticated:
            return methods
        has_factor = any(method["id"].startswith("mfa_reauthenticate") for method in methods)
        needs_password = is_staff(user) and not conf.AGENTS_MAY_USE_CODES
        for method in [method for method in methods if method["id"] == BY_CODE]:
            if has_factor or needs_password or not code_recipients(user):
                methods.remove(method)
            else:
                method["description"] = _("Send me a verification code")
        url = reverse("wagtail_portal_signin:wagtail_portal_sign_in_again")
        return methods or [{"id": "sign_in_again", "url": url, "description": _("Sign in again")}]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home_url(request) or super().get_login_redirect_url(request)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        url, issuer = sign_in_url(), issuer_of(request)
        if issuer is None or not issuer.logout_url:
            return url
        return issuer.build_logout_url(request.build_absolute_uri(url))

    def get_from_email(self) -> str:
        return PortalSettings.for_site(Site.find_for_request(current.request)).from_email

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        name = template_prefix.rpartition("/")[2]
        if name not in EMAILS:
            # One of allauth's notifications.
            super().send_mail(template_prefix, email, context)
            return
        # The outbox sends it after the response, so that neither a delay nor a failing email server
        # reveals who is a customer.
        if context.get("reauthentication"):
            # allauth uses the template for signing in, but signed-in users need other advice.
            name = "reauthentication_code"
        minutes = code_minutes()
        send_sign_in_code(
            Site.find_for_request(current.request),
            address=email,
            template=f"wagtail_portal/signin/email/{name}",
            context={**context, "email": email, "minutes": minutes},
            minutes=minutes,
        )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        issuer = issuer_of(request) if message_template == SIGNED_OUT else None
        if issuer is not None and not issuer.logout_url:
            text = _("You’ve signed out of the portal. You’re still signed in to %(name)s.")
            messages.add_message(request, level, text % {"name": issuer.name})
        # The next page already says so.
        elif message_template not in QUIET_MESSAGES:
            super().add_message(request, level, message_template, *args, **kwargs)


#: How staff can sign in through allauth: with more than access to their mailbox.
STAFF_METHODS = {"password", "mfa"}

#: Under which the keys of sessions are remembered that have signed someone in, and for how long:
#: longer than any code is valid. No key of an issuer has a colon.
ONCE, ONCE_FOR = "session:", timedelta(hours=2)

#: allauth's ID for reauthenticating with a verification code.
BY_CODE = "reauthenticate_by_code"

#: allauth's emails that the portal sends itself.
EMAILS = {"login_code", "email_confirmation"}

SIGNED_OUT = "account/messages/logged_out.txt"

QUIET_MESSAGES = {
    "account/messages/email_confirmed.txt",
    "account/messages/login_code_sent.txt",
    "account/messages/logged_in.txt",
}


def sign_in_url() -> str:
    """Return the URL of the sign-in page for people who have just signed out."""
    url = reverse(SIGN_IN)
    # Otherwise they would be signed in again immediately.
    return f"{url}?with=code" if any(issuer.at_once for issuer in find_issuers()) else url


def _last_method(request: HttpRequest, user: Any) -> str:
    """Return the method with which the user has just signed in."""
    records = get_authentication_records(request, user)
    return records[-1].get("method", "") if records else ""


def is_staff(user: Any) -> bool:
    """Return whether the user has access to the Wagtail admin or the Django admin."""
    in_django = getattr(user, "is_staff", False)
    return user.is_active and (in_django or user.has_perm("wagtailadmin.access_admin"))


class PortalAccountAdapter(PortalAccountAdapterMixin, DefaultAccountAdapter):
    """The adapter for sites without their own."""
