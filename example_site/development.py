"""What must not run on a real server says so."""

from django.conf import settings
from django.core.checks import Error, register


def only_in_development(app: str, why: str) -> None:
    """Register a system check that objects to an app of the example site where ``DEBUG`` is off.

    :param why: a sentence on what it would do there.
    """

    def check(app_configs, **kwargs):
        if settings.DEBUG:
            return []
        hint = "Take it out of INSTALLED_APPS: it is for development only."
        return [Error(f"example_site.{app} {why}", hint=hint, id=f"{app}.E001")]

    register(check)
