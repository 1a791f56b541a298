"""Sign in with a token.

A token arrives by POST: GET never signs anyone in, and would leave the token in server logs and
browser histories. Any other page could send someone a token of its own author, to read what they
then write into that account. So only the issuer's pages, which the ``Origin`` header proves, sign
people in at once. After a GET, or from anywhere else, people are asked first whether they want to
continue under that email address.
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
    """What both URLs share: the issuer, where to go, and the page for refusals."""

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
        # The URL may hold the token; but our own form has to say where it comes from.
        response["Referrer-Policy"] = "same-origin"
        return response

    def get(self, request, given):
        if PARAMETER not in given:
            return redirect("account_login")
        return self.ask(given)

    def ask(self, given):
        """Ask whether to continue as the token says."""
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
        """Sign in."""
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
        return self.issuer.build_login_url(url)


@method_decorator(csrf_exempt, name="dispatch")
class ArriveView(TokenView):
    """Accept a token from the issuer's own pages; ask first if it comes from elsewhere."""

    def post(self, request, given):
        origin = request.headers.get("Origin", "").lower()
        if origin in self.issuer.trusted_origins:
            return self.enter(given)
        if not given.get(PARAMETER):
            raise Refused("malformed")
        return self.ask(given)


@method_decorator(csrf_protect, name="dispatch")
class ConfirmView(TokenView):
    """Accept a token from our own page, after the question."""

    def post(self, request, given):
        return self.enter(given)


arrive = ArriveView.as_view()
confirm = ConfirmView.as_view()
