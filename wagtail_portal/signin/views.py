"""allauth's sign-in pages, which keep deep links and limit how often a code is sent again."""

from allauth.account.views import (
    ConfirmLoginCodeView,
    LoginView,
    LogoutView,
    RequestLoginCodeView,
)
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from wagtail_portal.portal_urls import home_url

from .adapter import is_staff
from .addresses import release_address
from .allauth_internals import ChecksAddressMixin, KeepsNextMixin, LimitsResendMixin
from .jwt.issuers import find_issuers
from .jwt.sessions import issuer_of


class PortalLoginView(KeepsNextMixin, LoginView):
    """The sign-in page, which can redirect to another system."""

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

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, issuer=issuer_of(self.request))


class PortalRequestCodeView(KeepsNextMixin, RequestLoginCodeView):
    """The page for requesting another code."""


@method_decorator(never_cache, name="dispatch")
class PortalConfirmCodeView(ChecksAddressMixin, LimitsResendMixin, ConfirmLoginCodeView):
    """The page for entering the code."""

    address_proven = staticmethod(release_address)

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        start_urls = {reverse("account_login"), reverse("account_request_login_code")}
        if isinstance(response, HttpResponseRedirect) and response.url in start_urls:
            return HttpResponseRedirect(self.passthrough_next_url(response.url))
        return response


@never_cache
@login_required
def sign_in_again(request):
    """Tell users who have no way to confirm that it's them what to do instead."""
    context = {"is_staff": is_staff(request.user), "next": request.GET.get("next", "")}
    return render(request, "account/sign_in_again.html", context)


login = PortalLoginView.as_view()
logout = PortalLogoutView.as_view()
request_code = PortalRequestCodeView.as_view()
confirm_code = PortalConfirmCodeView.as_view()
