"""Settings of a site whose users have a UUID and an email address, but no username."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as USUAL

INSTALLED_APPS = [
    *(name for name in USUAL if not name.startswith("tests.")),
    "tests.hosts.emailusers",
]
AUTH_USER_MODEL = "emailusers.User"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "tests.hosts.bare_urls"
