"""Registers the site's extensions of the portal."""

from django.apps import AppConfig


class TestAppConfig(AppConfig):
    name = "tests.testapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import columns, portal_events  # noqa: F401 - importing registers them
