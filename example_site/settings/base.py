"""Settings shared by the demo and production: a Wagtail project with the portal added.

The order follows Wagtail's project template. What the portal needs is marked "portal".
"""

import os
from pathlib import Path

SITE_DIR = Path(__file__).resolve().parent.parent

#: Everything that the site writes: database, uploads, attachments, emails.
VAR_DIR = Path(os.environ.get("EXAMPLE_SITE_VAR") or SITE_DIR / "var")

INSTALLED_APPS = [
    # portal: before allauth, whose templates it overrides
    "wagtail_portal",
    "wagtail_portal.pages",
    "example_site.marketing",
    "example_site.demo",
    # portal: sign-in with a code sent by email
    "allauth",
    "allauth.account",
    # portal: lists signed-in devices on members' profile pages
    "allauth.usersessions",
    # portal: its settings, and the URLs below its home page
    "wagtail.contrib.settings",
    "wagtail.contrib.routable_page",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "wagtail_portal.middleware.CompressionMiddleware",  # portal
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # portal: pages in the browser's language
    "django.middleware.common.CommonMiddleware",
    "wagtail_portal.middleware.PortalMiddleware",  # portal
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # portal
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "example_site.urls"
WSGI_APPLICATION = "example_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",  # portal
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# portal: settings and some of allauth's limits are in the cache, so all processes must share it.
# ``manage.py createcachetable`` creates its table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "example_site_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LANGUAGE_CODE = "en"
# portal: the languages that members can choose in their profile
LANGUAGES = [
    ("en", "English"),
    ("ar", "Arabic"),
    ("de", "German"),
    ("es", "Spanish"),
    ("fr", "French"),
]
# portal: the languages into which editors can translate statuses, fields and settings
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # portal: attachments. Not under MEDIA_ROOT, which the web server serves to anyone.
    "portal": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "attachments", "base_url": None},
    },
}

# Wagtail's page editor sends more fields than Django's default of 1000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# portal: the second one is for customers, who sign in with a code from an email.
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "wagtail_portal_signin:account_login"
LOGIN_REDIRECT_URL = "/support/"

WAGTAIL_SITE_NAME = "Millrace"
WAGTAIL_FRONTEND_LOGIN_URL = "wagtail_portal_signin:account_login"  # portal
# A shared password for a page is not enough to keep customers' data private.
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
# Profile pictures would be requested from another company.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "odt", "pdf", "pptx", "rtf", "txt", "xlsx", "zip"]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 10 * 1024 * 1024

DEFAULT_FROM_EMAIL = "Millrace <support@millrace.example>"

#: Writing transactions announce themselves at the start and wait for their turn, so that concurrent
#: requests don't fail with "database is locked".
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
