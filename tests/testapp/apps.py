"""Wires the site's additions to the portal."""

from django.apps import AppConfig


class TestAppConfig(AppConfig):
    name = "tests.testapp"

    def ready(self):
        from . import portal_events  # noqa: F401 - registers itself
