"""allauth's sign-in pages, which keep deep links and limit how often a code is sent again."""

from allauth.account.views import (
    AccountInactiveView,
    ConfirmEmailVerificationCodeView,
    ConfirmLoginCodeView,
    LoginView,
    LogoutView,
    RequestLoginCodeView,
)
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from wagtail_portal.portal_urls import SIGN_IN, home_url
from wagtail_portal.utils.shared_cache import shared_cache
from wagtail_portal.utils.typing import Mixin

from .adapter import is_staff
from .addresses import release_address
from .allauth_internals import (
    ChecksAddressMixin,
    KeepsNextMixin,
    LimitsResendMixin,
    sent_code_address,
)
from .jwt.issuers import find_issuers
from .jwt.sessions import issuer_of
from .outages import without_cache

#: The session key of the address whose code can't be used any more.
ADDRESS_SESSION_KEY = "wagtail_portal_code_address"


class KeepsAddressMixin(Mixin):
    """Fill in the address whose code has expired, so that one click sends a new one."""

    def get_initial(self):
        address = self.request.session.pop(ADDRESS_SESSION_KEY, "")
        return {**super().get_initial(), "login": address, "email": address}


class PortalLoginView(KeepsAddressMixin, KeepsNextMixin, LoginView):
    """The sign-in page, which can redirect to another system."""

    template_name = "wagtail_portal/signin/login.html"

    @method_decorator(login_not_required)
    @method_decorator(never_cache)
    def dispatch(self, request, *args, **kwargs):
        if request.method == "POST" and not shared_cache.answers():
            # allauth's own method also counts in the cache, and would refuse everyone. The limits
            # on codes are the ones that matter.
            return super(LoginView, self).dispatch(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        at_once = next((issuer for issuer in find_issuers() if issuer.at_once), None)
        # Users who were refused there or have signed out need another way.
        if at_once and request.GET.get("with") != "code":
            return HttpResponseRedirect(at_once.build_login_url(self._return_to()))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        issuers = [issuer for issuer in find_issuers() if issuer.login_url]
        return_to = self._return_to() if issuers else ""
        context["issuers"] = [
            {"name": issuer.name, "url": issuer.build_login_url(return_to)} for issuer in issuers
        ]
        if apps.is_installed("allauth.socialaccount"):
            context["providers"] = [
                {"name": provider.name, "url": provider.get_login_url(self.request)}
                for provider in get_social_adapter().list_providers(self.request)
            ]
        return context

    def _return_to(self) -> str:
        url = self.get_next_url() or home_url(self.request) or "/"
        return self.request.build_absolute_uri(url)


@method_decorator(never_cache, name="dispatch")
class PortalLogoutView(LogoutView):
    """The page that asks before signing out, and says how to sign in again."""

    template_name = "wagtail_portal/signin/logout.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, issuer=issuer_of(self.request))


class PortalRequestCodeView(KeepsAddressMixin, KeepsNextMixin, RequestLoginCodeView):
    """The page for requesting another code."""

    template_name = "wagtail_portal/signin/request_login_code.html"


@method_decorator(never_cache, name="dispatch")
class PortalConfirmCodeView(ChecksAddressMixin, LimitsResendMixin, ConfirmLoginCodeView):
    """The page for entering the code."""

    template_name = "wagtail_portal/signin/confirm_login_code.html"
    address_proven = staticmethod(release_address)

    def dispatch(self, request, *args, **kwargs):
        address = sent_code_address(request)
        response = super().dispatch(request, *args, **kwargs)
        url = reverse("account_request_login_code")
        if isinstance(response, HttpResponseRedirect) and response.url in (url, reverse(SIGN_IN)):
            if address:
                request.session[ADDRESS_SESSION_KEY] = address
            if address and not getattr(self, "_process", None):
                messages.error(request, gettext("This code has expired. Request a new one."))
            return HttpResponseRedirect(self.passthrough_next_url(url))
        return response


@method_decorator(never_cache, name="dispatch")
class PortalVerifyAddressView(ConfirmEmailVerificationCodeView):
    """The page for verifying an email address that no code was sent to so far."""

    template_name = "wagtail_portal/signin/confirm_email_verification_code.html"


@method_decorator(never_cache, name="dispatch")
class PortalInactiveView(AccountInactiveView):
    """The page for people whose account is deactivated."""

    template_name = "wagtail_portal/signin/account_inactive.html"


@never_cache
def sign_in_again(request):
    """Tell users who have no way to confirm that it's them what to do instead."""
    context = {"is_staff": is_staff(request.user), "next": request.GET.get("next", "")}
    return render(request, "wagtail_portal/signin/sign_in_again.html", context)


login = without_cache(PortalLoginView.as_view())
logout = without_cache(PortalLogoutView.as_view())
request_code = without_cache(PortalRequestCodeView.as_view())
confirm_code = without_cache(PortalConfirmCodeView.as_view())
verify_address = PortalVerifyAddressView.as_view()
inactive = PortalInactiveView.as_view()
