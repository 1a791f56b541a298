"""What a site needs around it: storage, cache, email servers and logs."""

import logging
from pathlib import Path
from typing import cast

import django
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.checks import Error, Tags, Warning, register
from django.core.files.storage import FileSystemStorage, InvalidStorageError, storages
from django.core.signals import got_request_exception
from django.db import DatabaseError, connections, router
from django.utils.log import AdminEmailHandler, RequireDebugTrue
from django.utils.module_loading import import_string

from wagtail_portal import conf
from wagtail_portal.models import PortalSettings
from wagtail_portal.search import TicketSearch
from wagtail_portal.utils.imports import leads_to

UNSHARED_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@register(Tags.files)
def check_storage(app_configs, **kwargs):
    """Check that attachments have a storage outside of the folders that web servers serve."""
    alias = conf.STORAGE
    hint = (
        f"Add '{alias}' to STORAGES, for example {{'BACKEND': "
        "'django.core.files.storage.FileSystemStorage', 'OPTIONS': {'location': "
        "f'{BASE_DIR}/attachments', 'base_url': None}}."
    )
    try:
        storage = storages[alias]
    except InvalidStorageError:
        message = f"There is no storage '{alias}' for attachments."
        return [Error(message, hint=hint, id="wagtail_portal.E011")]
    # Others have locations that are no folders here.
    if not isinstance(storage, FileSystemStorage):
        return []
    folder = Path(storage.location).resolve()
    return [
        Error(
            f"Attachments are stored under {name}, where anyone can fetch them.",
            hint=f"Give the storage '{alias}' in STORAGES a location outside {name}.",
            id="wagtail_portal.E012",
        )
        for name in ("MEDIA_ROOT", "STATIC_ROOT")
        if (root := getattr(settings, name))
        and (folder == Path(root).resolve() or Path(root).resolve() in folder.parents)
    ]


@register()
def check_search(app_configs, **kwargs):
    """Check that the class that finds tickets exists."""
    try:
        found = import_string(conf.SEARCH_BACKEND)
    except ImportError as error:
        problem = str(error)
    else:
        if isinstance(found, type) and issubclass(found, TicketSearch):
            return
        problem = f"'{conf.SEARCH_BACKEND}' is no such class"
    yield Error(
        f"Tickets can't be found or saved without a search backend: {problem}.",
        hint="Set WAGTAIL_PORTAL['SEARCH_BACKEND'] to the path of a subclass of "
        "wagtail_portal.search.TicketSearch.",
        id="wagtail_portal.E040",
    )


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


@register(Tags.database)
def check_cache_table(app_configs, databases=None, **kwargs):
    """Check that the database cache has its table, without which no page of the portal works."""
    cache = caches["default"]
    if not isinstance(cache, DatabaseCache):
        return []
    alias = router.db_for_write(cache.cache_model_class)
    if alias not in (databases or ()):
        return []
    table = settings.CACHES["default"]["LOCATION"]
    names = connections[alias].introspection.table_names()
    # Before the first migration, it can still follow.
    if table in names or PortalSettings._meta.db_table not in names:
        return []
    return [
        Warning(
            f"No page of the portal works, because the cache's table '{table}' doesn't exist.",
            hint="Run 'manage.py createcachetable'.",
            id="wagtail_portal.W038",
        )
    ]


@register(deploy=True)
def check_email_timeout(app_configs, **kwargs):
    """Check that processes don't wait forever for an email server that hangs."""
    if django.VERSION >= (6, 1) and hasattr(settings, "MAILERS"):
        endless = [
            f"MAILERS['{alias}']['OPTIONS']['timeout']"
            for alias, mailer in cast(dict[str, dict], settings.MAILERS).items()
            if leads_to(mailer.get("BACKEND", SMTP), SMTP)
            and not mailer.get("OPTIONS", {}).get("timeout")
        ]
    else:
        is_smtp = leads_to(settings.EMAIL_BACKEND, SMTP)
        endless = ["EMAIL_TIMEOUT"] if is_smtp and not settings.EMAIL_TIMEOUT else []
    for name in endless:
        yield Warning(
            "Emails that the portal doesn't send itself, such as error reports, wait forever for "
            "an email server that hangs, and so do visitors.",
            hint=f"Set {name} = 10.",
            id="wagtail_portal.W016",
        )


@register(deploy=True)
def check_error_records(app_configs, **kwargs):
    """Check that errors in views leave a trace: Django's default is to email no one."""
    if settings.DEBUG or got_request_exception.receivers:
        return []
    logger: logging.Logger | None = logging.getLogger("django.request")
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
def check_verification_of_senders(app_configs, databases=None, **kwargs):
    """Check that a portal that receives email knows whose verification of senders counts."""
    if conf.EMAIL_AUTHSERV_IDS or conf.MAILBOXES or not _receives_email(databases or ()):
        return []
    return [_no_verification()]


@register()
def check_verification_in_mailboxes(app_configs, **kwargs):
    """Check the same for a project that reads mailboxes, which needs no database."""
    unknown = conf.MAILBOXES and not conf.EMAIL_AUTHSERV_IDS
    return [_no_verification()] if unknown else []


def _no_verification() -> Warning:
    return Warning(
        "A portal receives email, but no email server is named that verifies senders. Only "
        "replies to a person's own reply address are added. Everything else waits for the "
        "team.",
        hint="Set WAGTAIL_PORTAL['EMAIL_AUTHSERV_IDS'] to the name that your email server "
        "writes into the header Authentication-Results.",
        id="wagtail_portal.W026",
    )


def _receives_email(databases) -> bool:
    alias = router.db_for_read(PortalSettings)
    if alias not in databases:
        return False
    try:
        return any(row.mailboxes for row in PortalSettings.objects.all())
    except DatabaseError:
        # The tables are missing before the first migration.
        return False
