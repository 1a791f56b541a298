"""Settings of a site whose portal is uninstalled. ``WITH_PORTAL`` says whether it still has it."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

WITH_PORTAL = bool(os.environ.get("WITH_PORTAL"))
APPS = ["wagtail_portal", "wagtail_portal.pages"]
LEFT_OUT = {"tests.testapp", *([] if WITH_PORTAL else APPS)}
INSTALLED_APPS = [name for name in INSTALLED_APPS if name not in LEFT_OUT]
ROOT_URLCONF = "tests.hosts.removal_urls"
if not WITH_PORTAL:
    MIDDLEWARE = [path for path in MIDDLEWARE if not path.startswith("wagtail_portal.")]
    LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
# Shared with the process that goes on without the portal.
if found := os.environ.get("REMOVAL_DATABASE"):
    DATABASES["default"]["NAME"] = found
