"""Ask signed-in users to confirm that it's them with a verification code by email.

allauth has these pages since version 65.22. Before that, only users with a password or a second
factor can be asked.
"""

from allauth.account.adapter import get_adapter
from allauth.account.forms import RequestReauthenticationCodeForm
from allauth.account.views import ConfirmReauthenticationCodeView, RequestReauthenticationCodeView
from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from .adapter import BY_CODE
from .allauth_internals import LimitsResendMixin, reauthentication_code_has_expired
from .forms import PortalConfirmCodeForm, require_code_allowed
from .provisioning import code_recipients
from .settings import code_minutes


class PortalRequestReauthenticationCodeForm(RequestReauthenticationCodeForm):
    """Offer the user's verified addresses that aren't outdated."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        found = code_recipients(user)
        own = getattr(user, user.get_email_field_name()).lower()
        field = forms.ChoiceField(
            label=_("Where should we send the code?"),
            choices=[(recipient, recipient) for recipient in found],
            initial=own if own in found else None,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose where we should send the code.")},
        )
        self.fields["recipient"] = field

    def clean(self):
        recipient = self.cleaned_data.get("recipient", "")
        if "@" not in recipient:
            return super().clean()
        try:
            require_code_allowed(recipient)
        except forms.ValidationError as error:
            self.add_error("recipient", error)
        return {**self.cleaned_data, "email": recipient}


@method_decorator(never_cache, name="dispatch")
class PortalRequestReauthenticationCodeView(RequestReauthenticationCodeView):
    """Send the verification code."""

    template_name = "wagtail_portal/signin/request_reauthentication_code.html"
    form_class = PortalRequestReauthenticationCodeForm


@method_decorator(never_cache, name="dispatch")
class PortalConfirmReauthenticationCodeView(LimitsResendMixin, ConfirmReauthenticationCodeView):
    """Check the verification code."""

    template_name = "wagtail_portal/signin/confirm_reauthentication_code.html"
    form_class = PortalConfirmCodeForm

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            methods = get_adapter(request).get_reauthentication_methods(request.user)
            if not any(method["id"] == BY_CODE for method in methods):
                # Since the code was sent, they became staff or set up a second factor.
                return redirect(self.passthrough_next_url(methods[0]["url"]))
            if reauthentication_code_has_expired(request):
                messages.error(request, _("This code has expired. Request a new one."))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        minutes = code_minutes()
        return super().get_context_data(**kwargs, minutes=minutes)


request_code = PortalRequestReauthenticationCodeView.as_view()
confirm_code = PortalConfirmReauthenticationCodeView.as_view()
