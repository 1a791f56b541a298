"""Settings of a site with none of the optional apps."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as USUAL

OPTIONAL = ("allauth.mfa", "allauth.socialaccount", "wagtail.api", "rest_framework", "tests.")
INSTALLED_APPS = [name for name in USUAL if not name.startswith(OPTIONAL)]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "tests.hosts.bare_urls"
