"""The application for WSGI servers such as gunicorn: ``example_site.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings.production")

application = get_wsgi_application()

# Load all views now rather than with the first request.
get_resolver().url_patterns  # noqa: B018
