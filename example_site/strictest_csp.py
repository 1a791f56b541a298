"""The content security policy of the gallery: the strictest with which the portal has to work."""

from django.conf import settings
from django.urls import reverse

#: No inline script or style, no nonces, nothing from elsewhere.
POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'; object-src 'none'"
)


class StrictestPolicyMiddleware:
    """Sends the setting ``STRICTEST_CSP`` with every answer.

    Not so the Wagtail admin, which needs more, and the company's dashboard, which plays the part of
    another site.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.others = (reverse("wagtailadmin_home"), reverse("dashboard:home"))

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path.startswith(self.others):
            response["Content-Security-Policy"] = settings.STRICTEST_CSP
        return response
