"""allauth's forms for codes, which create expected users first and have their own wording."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm, LoginForm, RequestLoginCodeForm
from allauth.core import context as current
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from wagtail.models import Site

from wagtail_portal.exceptions import RateLimited
from wagtail_portal.fields.form_fields import EmailAddressField

from .allauth_internals import (
    RequestsCodeMixin,
    code_address,
    count_attempt,
    count_code,
    find_code_user,
)
from .browsers import known_browser, limit_address
from .provisioning import find_active_owner, provision_if_expected

TOO_MANY_CODES = ngettext_lazy(
    "Too many attempts. Use the newest code, or request another one in %(minutes)d minute.",
    "Too many attempts. Use the newest code, or request another one in %(minutes)d minutes.",
    "minutes",
)
TOO_MANY_ATTEMPTS = ngettext_lazy(
    "Too many attempts. Try again in %(minutes)d minute.",
    "Too many attempts. Try again in %(minutes)d minutes.",
    "minutes",
)


def too_many(text, minutes: int) -> forms.ValidationError:
    """Return the error for a limit that says how long it lasts.

    :param text: a lazy plural that depends on ``minutes``.
    """
    # The adapter counts it for the metrics.
    code = get_adapter().validation_error("too_many_login_attempts").code
    return forms.ValidationError(text % {"minutes": minutes}, code=code)


def require_code_allowed(email: str) -> None:
    """Count a code for an email address.

    :raises ValidationError: if there were too many.
    """
    minutes = count_code(current.request, email, known_browser(current.request, email))
    if minutes:
        raise too_many(TOO_MANY_CODES, minutes)


def find_user_for_code(email: str):
    """Return the user to whom a code for this email address is sent, or None. Of several with the
    address, allauth would take any."""
    return find_active_owner(email) or find_code_user(email)


def _address_field() -> EmailAddressField:
    return EmailAddressField(
        label=_("Email address"),
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class PortalLoginForm(LoginForm):
    """Ask for the email address to send the code to."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = _address_field()

    def clean_login(self) -> str:
        email = self.cleaned_data["login"]
        provision_if_expected(email, site=Site.find_for_request(current.request))
        return email

    def clean(self) -> dict:
        if "password" in self.fields:
            return super().clean()
        if email := self.cleaned_data.get("login"):
            try:
                require_code_allowed(email)
            except forms.ValidationError as error:
                self.add_error("login", error)
            self.user = find_user_for_code(email)
        return self.cleaned_data


class PortalRequestCodeForm(RequestsCodeMixin, RequestLoginCodeForm):
    """Ask for the email address again, to send another code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"] = _address_field()

    def clean_email(self):
        email = self.cleaned_data["email"]
        provision_if_expected(email, site=Site.find_for_request(current.request))
        require_code_allowed(email)
        self.set_code_user(find_user_for_code(email))
        return email


class PortalConfirmCodeForm(ConfirmLoginCodeForm):
    """Accept the code from the email, in lower case or with characters pasted around it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.error_messages["required"] = _("Enter the code from the email.")
        field.widget.attrs = {
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "autofocus": True,
        }

    def clean_code(self):
        # Email clients change our dashes and spaces.
        self.cleaned_data["code"] = "".join(filter(str.isalnum, self.cleaned_data["code"]))
        request = current.request
        try:
            limit_address("CODE_TRIES_PER_ADDRESS", request, code_address(request))
        except RateLimited as error:
            raise too_many(TOO_MANY_ATTEMPTS, error.minutes) from error
        if not count_attempt(request):
            raise get_adapter().validation_error("too_many_login_attempts")
        return super().clean_code()
