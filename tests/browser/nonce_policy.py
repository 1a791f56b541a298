"""A policy with nonces, given to templates as django-csp does."""

import secrets

from django.urls import reverse

POLICY = (
    "default-src 'self'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'; object-src 'none'"
)


class NoncePolicyMiddleware:
    """Sends a policy with the nonce of the request, except for the Wagtail admin."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.csp_nonce = secrets.token_urlsafe(16)
        response = self.get_response(request)
        if not request.path.startswith(reverse("wagtailadmin_home")):
            response["Content-Security-Policy"] = POLICY.format(request.csp_nonce)
        return response
