"""System checks of a site's configuration."""

import logging
import re
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Error, Tags, Warning, register
from django.core.files.storage import InvalidStorageError, storages
from django.core.signals import got_request_exception
from django.db import connections, router
from django.template import engines
from django.urls import NoReverseMatch, reverse
from django.utils.log import AdminEmailHandler, RequireDebugTrue

from . import conf
from .models import Ticket
from .signin import checks as signin_checks
from .utils.imports import includes, leads_to

NEEDED_APPS = [
    "wagtail.contrib.settings",
    "wagtail.contrib.routable_page",
    "wagtail.snippets",
    "wagtail.admin",
    "allauth",
    "allauth.account",
]
NEEDED_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "wagtail_portal.middleware.PortalMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
NEEDED_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
#: The labels of the portal's apps.
OWN_APPS = ("wagtail_portal", "wagtail_portal_pages")
UNSHARED_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def installed_apps() -> list[str]:
    """Return the names of the installed apps, in their order."""
    return [config.name for config in apps.get_app_configs()]


def _missing(needed, found, kind: str, setting: str, check_id: str) -> list[Error]:
    return [
        Error(
            f"The support portal needs the {kind} '{name}'.",
            hint=f"Add '{name}' to {setting}.",
            id=check_id,
        )
        for name in needed
        if not includes(found, name)
    ]


@register()
def check_apps(app_configs, **kwargs):
    """Check that needed apps are installed, and that the portal's templates override allauth's."""
    installed = installed_apps()
    errors = _missing(NEEDED_APPS, installed, "app", "INSTALLED_APPS", "wagtail_portal.E001")
    if "allauth.account" in installed[: installed.index("wagtail_portal")]:
        errors.append(
            Error(
                "The sign-in pages would be allauth's, not the portal's.",
                hint="Put 'wagtail_portal' before 'allauth.account' in INSTALLED_APPS.",
                id="wagtail_portal.E002",
            )
        )
    return errors


@register()
def check_middleware(app_configs, **kwargs):
    """Check the middleware that sign-in and error pages need."""
    errors = _missing(
        NEEDED_MIDDLEWARE, settings.MIDDLEWARE, "middleware", "MIDDLEWARE", "wagtail_portal.E003"
    )
    places = {path: place for place, path in enumerate(settings.MIDDLEWARE)}
    csrf = places.get("django.middleware.csrf.CsrfViewMiddleware", len(places))
    if places.get("wagtail_portal.middleware.PortalMiddleware", 0) > csrf:
        errors.append(
            Warning(
                "Customers would see Django's page for a form that was open for too long, without "
                "what they wrote.",
                hint="Put 'wagtail_portal.middleware.PortalMiddleware' before "
                "'django.middleware.csrf.CsrfViewMiddleware' in MIDDLEWARE.",
                id="wagtail_portal.W017",
            )
        )
    return errors


register(signin_checks.check_signin)


@register(Tags.urls)
def check_urls(app_configs, **kwargs):
    """Check that the URLs of sign-in and the theme are included."""
    missing = []
    for name in ("account_login", "account_confirm_login_code", "wagtail_portal_theme"):
        try:
            reverse(name)
        except NoReverseMatch:
            missing.append(name)
    if not missing:
        return []
    return [
        Error(
            f"The portal's URLs aren't included: {', '.join(missing)}.",
            hint="Add path('accounts/', include('wagtail_portal.urls')) to the site's URLs, before "
            "Wagtail's.",
            id="wagtail_portal.E009",
        )
    ]


@register(Tags.templates)
def check_context_processors(app_configs, **kwargs):
    """Check for the context processors that the portal's templates use."""
    found = set()
    for engine in engines.all():
        found |= set(getattr(getattr(engine, "engine", None), "context_processors", ()))
    return _missing(
        NEEDED_PROCESSORS, found, "context processor", "TEMPLATES", "wagtail_portal.E010"
    )


@register(Tags.files)
def check_storage(app_configs, **kwargs):
    """Check that attachments have a storage outside of ``MEDIA_ROOT``."""
    alias = conf.STORAGE
    hint = (
        f"Add '{alias}' to STORAGES, for example {{'BACKEND': "
        "'django.core.files.storage.FileSystemStorage', 'OPTIONS': {'location': BASE_DIR / "
        "'private'}}."
    )
    try:
        storage = storages[alias]
    except InvalidStorageError:
        message = f"There is no storage '{alias}' for attachments."
        return [Error(message, hint=hint, id="wagtail_portal.E011")]
    location = getattr(storage, "location", None)
    if location is None or not settings.MEDIA_ROOT:
        return []
    folder, media = Path(location).resolve(), Path(settings.MEDIA_ROOT).resolve()
    if folder == media or media in folder.parents:
        return [
            Error(
                "Attachments are stored under MEDIA_ROOT, where anyone can fetch them.",
                hint=f"Give the storage '{alias}' in STORAGES a location outside MEDIA_ROOT.",
                id="wagtail_portal.E012",
            )
        ]
    return []


@register(Tags.caches, deploy=True)
def check_cache(app_configs, **kwargs):
    """Check that all processes share the cache, in which allauth counts attempts."""
    backend = settings.CACHES.get("default", {}).get("BACKEND", "")
    if not any(leads_to(backend, unshared) for unshared in UNSHARED_CACHES):
        return []
    return [
        Warning(
            "The default cache isn't shared between processes, so changes of the settings appear "
            "late, and limits on second factors and passwords don't work.",
            hint="Use Redis, Memcached or the database cache for CACHES['default'].",
            id="wagtail_portal.W013",
        )
    ]


@register()
def check_sqlite(app_configs, **kwargs):
    """Check that requests that write at the same time wait for each other on SQLite."""
    for alias in connections:
        connection = connections[alias]
        if connection.vendor != "sqlite" or not router.allow_migrate_model(alias, Ticket):
            continue
        options = connection.settings_dict["OPTIONS"]
        missing = [f"'{name}': {value!r}" for name, value in _missing_sqlite_options(options)]
        if missing and not connection.is_in_memory_db():
            yield Warning(
                f"Requests to the SQLite database '{alias}' fail with “database is locked” if "
                "others write at the same time.",
                hint=f"Add to DATABASES['{alias}']['OPTIONS']: {', '.join(missing)}.",
                id="wagtail_portal.W015",
            )


def _missing_sqlite_options(options: dict):
    """Yield the names and values of options that should be set."""
    # Without it, a transaction that reads before it writes fails instead of waiting.
    if str(options.get("transaction_mode", "")).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        yield "transaction_mode", "IMMEDIATE"
    if "timeout" not in options:
        yield "timeout", 20
    # Readers and a writer don't wait for each other.
    if not re.search(r"journal_mode\W*wal\b", options.get("init_command", ""), re.IGNORECASE):
        yield "init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"


@register(deploy=True)
def check_email_timeout(app_configs, **kwargs):
    """Check that processes don't wait forever for a mail server that hangs."""
    if django.VERSION >= (6, 1) and hasattr(settings, "MAILERS"):
        endless = [
            f"MAILERS['{alias}']['OPTIONS']['timeout']"
            for alias, mailer in settings.MAILERS.items()
            if leads_to(mailer.get("BACKEND", SMTP), SMTP)
            and not mailer.get("OPTIONS", {}).get("timeout")
        ]
    else:
        is_smtp = leads_to(settings.EMAIL_BACKEND, SMTP)
        endless = ["EMAIL_TIMEOUT"] if is_smtp and not settings.EMAIL_TIMEOUT else []
    for name in endless:
        yield Warning(
            "Emails that the portal doesn't send itself, such as error reports, wait forever for a "
            "mail server that hangs, and so do visitors.",
            hint=f"Set {name} = 10.",
            id="wagtail_portal.W016",
        )


@register(deploy=True)
def check_error_records(app_configs, **kwargs):
    """Check that errors in views leave a trace: Django's default is to email nobody."""
    if settings.DEBUG or got_request_exception.receivers:
        return []
    logger = logging.getLogger("django.request")
    while logger is not None:
        if any(_records(handler) for handler in logger.handlers):
            return []
        logger = logger.parent if logger.propagate else None
    return [
        Warning(
            "Errors in views aren't recorded anywhere.",
            hint="Log to the error output with LOGGING, or set ADMINS.",
            id="wagtail_portal.W018",
        )
    ]


def _records(handler) -> bool:
    """Return whether a handler does something with an error while ``DEBUG`` is off."""
    if isinstance(handler, AdminEmailHandler):
        return bool(settings.ADMINS)
    debugs = any(isinstance(row, RequireDebugTrue) for row in handler.filters)
    return not debugs and not isinstance(handler, logging.NullHandler)


@register(Tags.database)
def check_character_sets(app_configs, databases=None, **kwargs):
    """Check that MariaDB and MySQL store every character, such as emoji. Their ``utf8`` doesn't."""
    found = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        models = [model for model in apps.get_models() if model._meta.app_label in OWN_APPS]
        names = {
            model._meta.db_table
            for model in (*models, get_user_model())
            if router.allow_migrate_model(alias, model)
        }
        if tables := _narrow_tables(connection, names):
            found.append(
                Warning(
                    f"These tables can't store emoji and rare characters: {', '.join(tables)}.",
                    hint="Convert them: ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4. Change the "
                    "default, too: ALTER DATABASE … CHARACTER SET utf8mb4.",
                    id="wagtail_portal.W014",
                )
            )
    return found


def _narrow_tables(connection, names) -> list[str]:
    """Return the tables with a text column that isn't in ``utf8mb4``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = "
            "DATABASE() AND character_set_name IN ('utf8', 'utf8mb3', 'latin1', 'ascii', 'ucs2')"
        )
        return sorted({name for (name,) in cursor.fetchall()} & names)
