"""For trying the portal out on one's own computer: no service, nothing to configure.

These environment variables change it:

``EXAMPLE_SITE_PORT``   port that addresses in mails and in the admin name (8000)
``EXAMPLE_SITE_VAR``    folder for everything that is written (``example_site/var``)
``DATABASE_URL``        another database than the SQLite file in that folder
``EMAIL_HOST``, ``EMAIL_PORT``  an SMTP server that gets every mail as well
"""

import os
from importlib.util import find_spec

import dj_database_url
import django

from .base import *  # noqa: F403
from .base import INSTALLED_APPS, VAR_DIR

DEBUG = True
SECRET_KEY = "the demo holds no secret"
ALLOWED_HOSTS = ["*"]
INTERNAL_IPS = ["127.0.0.1"]

# Quick: the team's password is in the source code anyway. The second reads what an older demo kept.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

#: The port of the demo's server; see ``load_demo`` and ``demo_hints``.
EXAMPLE_SITE_PORT = int(os.environ.get("EXAMPLE_SITE_PORT") or 8000)
WAGTAILADMIN_BASE_URL = f"http://localhost:{EXAMPLE_SITE_PORT}"

# The demo asks nobody on the internet for anything.
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
            "OPTIONS": {
                # A transaction that will write says so when it begins and waits for its turn;
                # readers never wait. Without this, two requests at once end in "locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }

if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Wagtail's search needs it there.
    INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]

if find_spec("jwt"):
    # The product's dashboard, which customers come from without a code. Under another name than the
    # portal, as it would be.
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

#: Where ``devmail`` keeps the mails that it lists at /dev/mails/.
DEVMAIL_DIR = VAR_DIR / "mails"

_smtp_host = os.environ.get("EMAIL_HOST")
_smtp_port = int(os.environ.get("EMAIL_PORT") or 25)
_backend = f"example_site.devmail.backends.{'SmtpToo' if _smtp_host else 'KeepOnly'}"

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": _backend}}
    if _smtp_host:
        MAILERS["default"]["OPTIONS"] = {"host": _smtp_host, "port": _smtp_port}
else:
    EMAIL_BACKEND = _backend
    if _smtp_host:
        EMAIL_HOST = _smtp_host
        EMAIL_PORT = _smtp_port
