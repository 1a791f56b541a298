"""Settings for a public server; everything that differs between servers is in the environment.

Required: ``SECRET_KEY``, ``ALLOWED_HOSTS`` (comma-separated), ``DATABASE_URL``, ``BASE_URL`` (for
links in emails to the team) and ``EMAIL_HOST``. Optional: ``EMAIL_PORT``,
``EMAIL_HOST_USER``, ``EMAIL_HOST_PASSWORD``, ``DEFAULT_FROM_EMAIL``, ``TRUSTED_PROXY_COUNT``,
``ALERT_EMAILS`` (who is told of problems, comma-separated), ``MONITORING_TOKEN``,
``EXAMPLE_SITE_VAR``, ``REDIS_URL`` (for the cache), and ``S3_BUCKET`` and ``S3_ENDPOINT_URL`` (for
attachments, with the credentials in boto3's own variables).
"""

import os

import dj_database_url
import django
from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import DEFAULT_FROM_EMAIL, INSTALLED_APPS, MIDDLEWARE, SQLITE_OPTIONS, STORAGES


def _env(name: str, meaning: str) -> str:
    """Return an environment variable, or raise an error that says what's missing and why."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}: {meaning}.")
    return value


DEBUG = False
SECRET_KEY = _env("SECRET_KEY", "a long random text that stays the same between restarts")
ALLOWED_HOSTS = [
    host.strip()
    for host in _env("ALLOWED_HOSTS", "the host names of this site, separated by commas").split(",")
]
DATABASES = {
    "default": dj_database_url.parse(
        _env("DATABASE_URL", "the database, such as postgres://user:password@host/name"),
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Required by Wagtail's search.
    INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]

if redis_url := os.environ.get("REDIS_URL"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            # An outage of Redis is noticed soon.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }

WAGTAILADMIN_BASE_URL = _env("BASE_URL", "the site's address, such as https://millrace.example")

# WhiteNoise only serves the files collected by collectstatic, not uploads.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
}
if bucket := os.environ.get("S3_BUCKET"):
    STORAGES["portal"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": os.environ.get("S3_ENDPOINT_URL") or None,
            "addressing_style": "path",
            # Uploads get random names, but nothing may ever be replaced.
            "file_overwrite": False,
        },
    }
# One line per event on the error output, without email addresses, codes and tokens.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "wagtail_portal.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Without Django's own handlers, one of which emails every error.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "wagtail_portal.utils.error_reports.PrivateReportFilter"
MIDDLEWARE.insert(0, "wagtail_portal.logs.request_id_middleware")
MIDDLEWARE.insert(2, "whitenoise.middleware.WhiteNoiseMiddleware")

SECURE_SSL_REDIRECT = True
# Load balancers and container platforms ask for these without HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^accounts/health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Proxy headers are only trusted if there is a proxy. Otherwise, visitors could forge them to bypass
# the sign-in limits.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXY_COUNT") or 0)
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_mail = {
    "host": _env("EMAIL_HOST", "the email server"),
    "port": int(os.environ.get("EMAIL_PORT") or 587),
    "username": os.environ.get("EMAIL_HOST_USER", ""),
    "password": os.environ.get("EMAIL_HOST_PASSWORD", ""),
    "use_tls": True,
    "timeout": 20,
}
if django.VERSION >= (6, 1):
    MAILERS = {
        "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": _mail}
    }
else:
    EMAIL_HOST = _mail["host"]
    EMAIL_PORT = _mail["port"]
    EMAIL_HOST_USER = _mail["username"]
    EMAIL_HOST_PASSWORD = _mail["password"]
    EMAIL_USE_TLS = _mail["use_tls"]
    EMAIL_TIMEOUT = _mail["timeout"]
WAGTAIL_PORTAL = {
    "ALERT_EMAILS": [
        email.strip() for email in os.environ.get("ALERT_EMAILS", "").split(",") if email.strip()
    ],
    "MONITORING_TOKEN": os.environ.get("MONITORING_TOKEN", ""),
}

DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or DEFAULT_FROM_EMAIL
SERVER_EMAIL = DEFAULT_FROM_EMAIL

if django.VERSION >= (6, 0):
    from django.utils.csp import CSP

    SECURE_CSP = {
        "default-src": [CSP.SELF],
        "img-src": [CSP.SELF, "data:"],
        "object-src": [CSP.NONE],
        "base-uri": [CSP.NONE],
        "form-action": [CSP.SELF],
        # The page editor shows its preview in a frame.
        "frame-ancestors": [CSP.SELF],
    }
    # The Wagtail admin still uses some inline scripts and styles.
    ADMIN_CSP = SECURE_CSP | {
        "script-src": [CSP.SELF, CSP.UNSAFE_INLINE],
        "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
        "img-src": [CSP.SELF, "data:", "blob:"],
        "connect-src": [CSP.SELF, "https://releases.wagtail.org"],
        "frame-src": [CSP.SELF],
    }
    MIDDLEWARE.insert(2, "django.middleware.csp.ContentSecurityPolicyMiddleware")
    MIDDLEWARE.append("example_site.csp.AdminContentSecurityPolicyMiddleware")
