"""Sign in with a token.

GET never signs anyone in, and would leave the token in server logs and browser histories. Another
site could also send visitors a token for its own account, to read what they then write there. So
only a POST from the issuer's pages, verified by the ``Origin`` header, signs users in immediately.
Otherwise they're asked to confirm the email address first.
"""

from allauth.account.adapter import get_adapter
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from wagtail_portal.portal_urls import SIGN_IN, home_url
from wagtail_portal.signin.refusals import Refused, refuse

from .admission import check, sign_in
from .issuers import find_issuer
from .tokens import read_token

PARAMETER = "jwt"


class TokenView(View):
    """The base of both views: finds the issuer, and shows the page for refused tokens."""

    http_method_names = ["get", "post", "head"]

    @method_decorator(sensitive_post_parameters(PARAMETER))
    def dispatch(self, request, *args, key, **kwargs):
        self.issuer = find_issuer(key)
        if self.issuer is None:
            raise Http404
        self.target_url = ""
        given = request.POST if request.method == "POST" else request.GET
        try:
            self.target_url = self._safe_url(given.get("return_to", ""))
            response = super().dispatch(request, *args, given=given, **kwargs)
        except Refused as error:
            response = refuse(
                request,
                error,
                provider=self.issuer.name,
                return_to=self.target_url,
                again=self._retry_url(),
            )
        add_never_cache_headers(response)
        # The URL may contain the token, but our own form must send its origin.
        response["Referrer-Policy"] = "same-origin"
        return response

    def get(self, request, given):
        if PARAMETER not in given:
            return redirect(SIGN_IN)
        return self.render_confirmation(given)

    def render_confirmation(self, given):
        """Ask whether to sign in with the token's email address."""
        claims = read_token(self.issuer, given[PARAMETER])
        check(self.request, self.issuer, claims)
        context = {
            "issuer": self.issuer,
            "email": claims.email,
            "token": given[PARAMETER],
            "return_to": self.target_url,
        }
        return render(self.request, "wagtail_portal/signin/confirm.html", context)

    def sign_in(self, given):
        """Sign in with the token."""
        claims = read_token(self.issuer, given.get(PARAMETER, ""))
        return sign_in(self.request, self.issuer, claims, self.target_url)

    def _safe_url(self, url: str) -> str:
        if not url:
            return home_url(self.request) or "/"
        if len(url) > 2000 or not get_adapter(self.request).is_safe_url(url):
            raise Refused("return_to", repr(url[:200]))
        return url

    def _retry_url(self) -> str:
        if not self.issuer.login_url:
            return ""
        url = self.request.build_absolute_uri(self.target_url or home_url(self.request) or "/")
        return self.issuer.build_login_url(url)


@method_decorator(csrf_exempt, name="dispatch")
class ReceiveTokenView(TokenView):
    """Accept a token from the issuer's pages; ask for confirmation if it's from elsewhere."""

    def post(self, request, given):
        origin = request.headers.get("Origin", "").lower()
        if origin in self.issuer.trusted_origins:
            return self.sign_in(given)
        if not given.get(PARAMETER):
            raise Refused("malformed")
        return self.render_confirmation(given)


@method_decorator(csrf_protect, name="dispatch")
class ConfirmTokenView(TokenView):
    """Accept a token that the user has confirmed on our own page."""

    def post(self, request, given):
        return self.sign_in(given)


receive = ReceiveTokenView.as_view()
confirm = ConfirmTokenView.as_view()
