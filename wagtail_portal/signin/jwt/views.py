"""Where tokens arrive.

A token comes in a POST: no GET signs anybody in, and none leaves the token in the logs of servers
and in the history of browsers. Whoever else's page could send somebody a token of its own, and let
them write their secrets into its author's account; so only pages of the issuer are taken at their
word, which the browser proves with ``Origin``. From anywhere else, and after a GET, the visitor is
asked first whether they want to go on under that address.
"""

from allauth.account.adapter import get_adapter
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from wagtail_portal.portal_urls import home_url
from wagtail_portal.signin.refusals import Refused, refuse

from .admission import check, sign_in
from .issuers import find_issuer
from .tokens import read_token

PARAMETER = "jwt"


class TokenView(View):
    """What both addresses share: the issuer, where to go, and the page for who is refused."""

    http_method_names = ["get", "post", "head"]

    @method_decorator(sensitive_post_parameters(PARAMETER))
    def dispatch(self, request, *args, key, **kwargs):
        self.issuer = find_issuer(key)
        if self.issuer is None:
            raise Http404
        self.target = ""
        given = request.POST if request.method == "POST" else request.GET
        try:
            self.target = self._target(given.get("return_to", ""))
            response = super().dispatch(request, *args, given=given, **kwargs)
        except Refused as error:
            response = refuse(
                request,
                error,
                provider=self.issuer.name,
                return_to=self.target,
                again=self._again(),
            )
        add_never_cache_headers(response)
        # The token may stand in the address; and our own form has to say where it comes from.
        response["Referrer-Policy"] = "same-origin"
        return response

    def get(self, request, given):
        if PARAMETER not in given:
            return redirect("account_login")
        return self.ask(given)

    def ask(self, given):
        """Whether the visitor wants to go on as the token says."""
        claims = read_token(self.issuer, given[PARAMETER])
        check(self.issuer, claims)
        context = {
            "issuer": self.issuer,
            "email": claims.email,
            "token": given[PARAMETER],
            "return_to": self.target,
        }
        return render(self.request, "wagtail_portal/signin/confirm.html", context)

    def enter(self, given):
        """Let the visitor in."""
        claims = read_token(self.issuer, given.get(PARAMETER, ""))
        return sign_in(self.request, self.issuer, claims, self.target)

    def _target(self, url: str) -> str:
        if not url:
            return home_url(self.request) or "/"
        if len(url) > 2000 or not get_adapter(self.request).is_safe_url(url):
            raise Refused("return_to", repr(url[:200]))
        return url

    def _again(self) -> str:
        if not self.issuer.login_url:
            return ""
        url = self.request.build_absolute_uri(self.target or home_url(self.request) or "/")
        return self.issuer.login_address(url)


@method_decorator(csrf_exempt, name="dispatch")
class ArriveView(TokenView):
    """Takes a token from the issuer's own pages; asks when it comes from anywhere else."""

    def post(self, request, given):
        origin = request.headers.get("Origin", "").lower()
        if origin in self.issuer.trusted_origins:
            return self.enter(given)
        if not given.get(PARAMETER):
            raise Refused("malformed")
        return self.ask(given)


@method_decorator(csrf_protect, name="dispatch")
class ConfirmView(TokenView):
    """Takes a token from our own page, after the visitor was asked."""

    def post(self, request, given):
        return self.enter(given)


arrive = ArriveView.as_view()
confirm = ConfirmView.as_view()
