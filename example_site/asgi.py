"""The application for ASGI servers such as uvicorn: ``example_site.asgi``."""

import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings.production")

application = get_asgi_application()

# Load all views now rather than with the first request.
get_resolver().url_patterns  # noqa: B018
