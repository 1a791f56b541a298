"""A less strict Content-Security-Policy for the Wagtail admin, so that the site's can be strict.

For Django 6.0 and later, which has the setting ``SECURE_CSP``.
"""

from django.conf import settings
from django.urls import reverse
from django.views.decorators.csp import csp_override


class AdminContentSecurityPolicyMiddleware:
    """Sends ``ADMIN_CSP`` with every page of the Wagtail admin. Must come last."""

    def __init__(self, get_response):
        self.admin_path = reverse("wagtailadmin_home")
        self.respond = get_response
        self.respond_to_admin = csp_override(settings.ADMIN_CSP)(get_response)

    def __call__(self, request):
        if request.path.startswith(self.admin_path):
            return self.respond_to_admin(request)
        return self.respond(request)
