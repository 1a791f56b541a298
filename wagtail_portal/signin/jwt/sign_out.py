"""Sign people out of the portal when they sign out of the system that signed them in.

The front channel is a redirect of their browser, as in OpenID Connect Front-Channel Logout 1.0; the
back channel a request by the issuer's server, with a signed token, as in OpenID Connect
Back-Channel Logout 1.0.
"""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.generic import View

from wagtail_portal.actions import use_token
from wagtail_portal.signin.adapter import sign_in_url
from wagtail_portal.signin.refusals import Refused, log_refusal

from .issuers import Issuer, find_issuer
from .sessions import end, opened_by
from .tokens import read_logout_token

PARAMETER = "logout_token"


@method_decorator(never_cache, name="dispatch")
class FrontChannelView(View):
    """End the session in this browser, if the issuer opened it, and redirect to its page.

    A link from elsewhere can do no more than that either: nothing is lost, and nothing is shown.
    """

    http_method_names = ["get"]

    def get(self, request, key):
        issuer = _issuer_or_404(key)
        opened, sid = opened_by(request), request.GET.get("sid", "")
        is_own = opened is not None and opened["issuer"] == issuer.key
        # The issuer may have several sessions with a browser, and name the one that has ended.
        if is_own and (not sid or opened["sid"] in ("", sid)):
            get_adapter(request).logout(request)
        url = request.GET.get("return_to", "")
        if url and len(url) <= 2000 and self._is_safe(issuer, url):
            return HttpResponseRedirect(url)
        if url:
            log_refusal(
                request,
                Refused("return_to", repr(url[:200])),
                provider=issuer.name,
                sign_out=True,
            )
        if is_own and not request.user.is_authenticated:
            messages.success(request, _("You’ve signed out."))
        return HttpResponseRedirect(sign_in_url())

    def _is_safe(self, issuer: Issuer, url: str) -> bool:
        return issuer.is_own_url(url) or get_adapter(self.request).is_safe_url(url)


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters(PARAMETER), name="dispatch")
class BackChannelView(View):
    """End the sessions that a logout token names, in whichever browsers they are."""

    http_method_names = ["post"]

    @sensitive_variables()
    def post(self, request, key):
        issuer = _issuer_or_404(key)
        try:
            claims = read_logout_token(issuer, request.POST.get(PARAMETER, ""))
            with transaction.atomic():
                # Its ID needn't differ from those of the tokens that sign people in.
                scope = f"{issuer.key} {PARAMETER}"
                if not use_token(scope, claims.token_id, expires_at=claims.expires_at):
                    raise Refused("replay")
                end(issuer, claims)
        except Refused as error:
            log_refusal(request, error, provider=issuer.name, sign_out=True)
            problem = {"error": "invalid_request", "error_description": error.reason}
            return JsonResponse(problem, status=400)
        return HttpResponse()


def _issuer_or_404(key: str) -> Issuer:
    issuer = find_issuer(key)
    if issuer is None:
        raise Http404
    return issuer


front_channel = FrontChannelView.as_view()
back_channel = BackChannelView.as_view()
