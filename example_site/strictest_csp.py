"""The Content-Security-Policy of the gallery: the strictest one that the portal must work with."""

from django.conf import settings
from django.urls import reverse

#: No inline script or style, no nonces, nothing from elsewhere.
POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'; object-src 'none'"
)


class StrictestPolicyMiddleware:
    """Sends ``STRICTEST_CSP`` with every response.

    The exceptions are the Wagtail admin, which needs a less strict policy, and the company's
    dashboard, which stands for another site.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.others = (reverse("wagtailadmin_home"), reverse("dashboard:home"))

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path.startswith(self.others):
            response["Content-Security-Policy"] = settings.STRICTEST_CSP
        return response
