"""allauth's forms for codes, which prepare expected people and have wording of our own."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm, LoginForm, RequestLoginCodeForm
from allauth.core import context as current
from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_portal.exceptions import RateLimited
from wagtail_portal.utils.rate_limits import limit

from .allauth_internals import code_address
from .provisioning import prepare


def _address_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("Email address"),
        max_length=254,
        error_messages={
            "required": _("Enter your email address."),
            "invalid": _("Enter an email address in the format name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


def _site():
    return Site.find_for_request(current.request)


class PortalLoginForm(LoginForm):
    """Ask for the email address that gets the code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = _address_field()

    def clean_login(self):
        email = self.cleaned_data["login"].lower()
        prepare(email, site=_site())
        return email


class PortalRequestCodeForm(RequestLoginCodeForm):
    """Ask for the same where allauth asks for a code only."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"] = _address_field()

    def clean_email(self):
        self.cleaned_data["email"] = self.cleaned_data["email"].lower()
        prepare(self.cleaned_data["email"], site=_site())
        return super().clean_email()


class PortalConfirmCodeForm(ConfirmLoginCodeForm):
    """Accept the code from the email, in lower case and with whatever was pasted around it."""

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
        try:
            # The session counts attempts, too, but any number of requests can read it at once.
            limit("CODE_TRIES_PER_ADDRESS", code_address(current.request))
        except RateLimited as error:
            raise get_adapter().validation_error("too_many_login_attempts") from error
        return super().clean_code()
