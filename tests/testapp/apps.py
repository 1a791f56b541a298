"""The app of the tests' site."""

from django.apps import AppConfig


class TestAppConfig(AppConfig):
    name = "tests.testapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import columns  # noqa: F401 - registers them
