"""The application for ASGI servers such as uvicorn: ``example_site.asgi``."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings.production")

application = get_asgi_application()
