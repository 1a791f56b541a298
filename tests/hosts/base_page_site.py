"""Settings of a site with its own base page model (Wagtail 8)."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

WAGTAIL_PAGE_MODEL = "basepage.BasePage"
LEFT_OUT = ("wagtail_portal.pages", "tests.testapp")
INSTALLED_APPS = [name for name in INSTALLED_APPS if name not in LEFT_OUT]
INSTALLED_APPS += ["tests.hosts.basepage"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
