"""Settings for trying the portal on your own computer, with no services and no configuration.

These environment variables change them:

``EXAMPLE_SITE_PORT``   the port in links in emails and the admin (8000)
``EXAMPLE_SITE_VAR``    the folder for everything that's written (``example_site/var``)
``DATABASE_URL``        a database to use instead of the SQLite file in that folder
``REDIS_URL``           a Redis server for the cache, instead of a table of the database
``EMAIL_HOST``, ``EMAIL_PORT``  an SMTP server that gets every email as well
"""

import os
from importlib.util import find_spec

import dj_database_url
import django

from .base import *  # noqa: F403
from .base import INSTALLED_APPS, SQLITE_OPTIONS, VAR_DIR

DEBUG = True
SECRET_KEY = "the demo holds no secret"
ALLOWED_HOSTS = ["*"]
INTERNAL_IPS = ["127.0.0.1"]

# Fast, because the team's password is in the source code anyway. The second reads older demos'.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

#: The port of the demo's server; see ``load_demo`` and ``demo_hints``.
EXAMPLE_SITE_PORT = int(os.environ.get("EXAMPLE_SITE_PORT") or 8000)
WAGTAILADMIN_BASE_URL = f"http://localhost:{EXAMPLE_SITE_PORT}"

# The demo makes no requests to the internet.
WAGTAIL_ENABLE_UPDATE_CHECK = False

INSTALLED_APPS = ["example_site.devmail", "example_site.components", *INSTALLED_APPS]

VAR_DIR.mkdir(parents=True, exist_ok=True)

if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "db.sqlite3",
            "OPTIONS": SQLITE_OPTIONS,
        }
    }

if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Required by Wagtail's search.
    INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]

if redis_url := os.environ.get("REDIS_URL"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            # Several sites can share a server.
            "KEY_PREFIX": str(VAR_DIR),
        }
    }

if find_spec("jwt"):
    # The product's dashboard, from which customers can sign in without a code. It has a different
    # host name from the portal, as in real life.
    INSTALLED_APPS = ["example_site.dashboard", *INSTALLED_APPS]
    WAGTAIL_PORTAL = {
        "JWT_ISSUERS": [
            {
                "key": "dashboard",
                "name": "Millrace Cloud",
                "issuer": "millrace-cloud",
                "audience": "millrace-support",
                "secret": "the demo holds no secret, but it needs thirty-two bytes",
                "login_url": f"http://127.0.0.1:{EXAMPLE_SITE_PORT}/dev/dashboard/",
                "origins": [f"http://localhost:{EXAMPLE_SITE_PORT}"],
            }
        ]
    }

#: The folder with the emails that ``devmail`` lists at /dev/emails/.
DEVMAIL_DIR = VAR_DIR / "emails"

_smtp_host = os.environ.get("EMAIL_HOST")
_smtp_port = int(os.environ.get("EMAIL_PORT") or 25)
_backend = f"example_site.devmail.backends.{'SendAndSave' if _smtp_host else 'SaveOnly'}"

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": _backend}}
    if _smtp_host:
        MAILERS["default"]["OPTIONS"] = {"host": _smtp_host, "port": _smtp_port}
else:
    EMAIL_BACKEND = _backend
    if _smtp_host:
        EMAIL_HOST = _smtp_host
        EMAIL_PORT = _smtp_port
