"""A system check for apps that must not run in production."""

from django.conf import settings
from django.core.checks import Error, register


def only_in_development(app: str, why: str) -> None:
    """Register a system check that reports an app of the example site if ``DEBUG`` is off.

    :param why: the rest of a sentence that says why it's dangerous.
    """

    def check(app_configs, **kwargs):
        if settings.DEBUG:
            return []
        hint = "Remove it from INSTALLED_APPS. It is for development only."
        return [Error(f"example_site.{app} {why}", hint=hint, id=f"{app}.E001")]

    register(check)
