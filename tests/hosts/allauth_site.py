"""Settings of a site with accounts of its own: username and password, open sign-up, a provider,
second factors and an adapter. ``WITH_PORTAL`` adds the portal as documented, and nothing else.
"""

import os

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, MIDDLEWARE

WITH_PORTAL = bool(os.environ.get("WITH_PORTAL"))
PORTAL_APPS = ["wagtail_portal", "wagtail_portal.pages"]

INSTALLED_APPS = [
    *(PORTAL_APPS if WITH_PORTAL else []),
    *(name for name in INSTALLED_APPS if name not in (*PORTAL_APPS, "tests.testapp")),
    "allauth.socialaccount.providers.dummy",
    "allauth.usersessions",
]
if not WITH_PORTAL:
    MIDDLEWARE = [path for path in MIDDLEWARE if not path.startswith("wagtail_portal.")]

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "tests.hosts.allauth_urls"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/welcome/"
WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
EMAIL_SUBJECT_PREFIX = "[Site] "
ALLOWED_HOSTS = ["*"]

ACCOUNT_ADAPTER = "tests.hosts.allauth_urls.SiteAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Site: "
ACCOUNT_SESSION_REMEMBER = None
SOCIALACCOUNT_AUTO_SIGNUP = True
