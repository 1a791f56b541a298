"""Checks of ``manage.py check`` that say what a site still has to set up, and how."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.files.storage import InvalidStorageError, storages
from django.template import engines
from django.urls import NoReverseMatch, reverse

from . import conf
from .signin import checks as signin_checks

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
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
NEEDED_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
UNSHARED_CACHES = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)


def installed_apps() -> list[str]:
    """Return the names of the installed apps, in their order."""
    return [config.name for config in apps.get_app_configs()]


@register()
def check_apps(app_configs, **kwargs):
    """Check that needed apps are installed, in the order in which the portal's templates win."""
    installed = installed_apps()
    errors = [
        Error(
            f"The support portal needs the app '{name}'.",
            hint=f"Add '{name}' to INSTALLED_APPS.",
            id="wagtail_portal.E001",
        )
        for name in NEEDED_APPS
        if name not in installed
    ]
    below = installed[: installed.index("wagtail_portal")]
    if "allauth.account" in below:
        errors.append(
            Error(
                "The sign-in pages would be allauth's, not the portal's.",
                hint="Put 'wagtail_portal' above 'allauth.account' in INSTALLED_APPS.",
                id="wagtail_portal.E002",
            )
        )
    return errors


@register()
def check_middleware(app_configs, **kwargs):
    """Check the middleware that sign-in needs."""
    return [
        Error(
            f"The support portal needs the middleware '{path}'.",
            hint=f"Add '{path}' to MIDDLEWARE.",
            id="wagtail_portal.E003",
        )
        for path in NEEDED_MIDDLEWARE
        if path not in settings.MIDDLEWARE
    ]


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
            f"The portal's addresses are not routed: {', '.join(missing)}.",
            hint="Add path('accounts/', include('wagtail_portal.urls')) to the site's URLs, above "
            "Wagtail's own.",
            id="wagtail_portal.E009",
        )
    ]


@register(Tags.templates)
def check_context_processors(app_configs, **kwargs):
    """Check for the context processors that the portal's templates use."""
    found = set()
    for engine in engines.all():
        found |= set(getattr(getattr(engine, "engine", None), "context_processors", ()))
    return [
        Error(
            f"The portal's templates need the context processor '{path}'.",
            hint=f"Add '{path}' to the context_processors in TEMPLATES.",
            id="wagtail_portal.E010",
        )
        for path in NEEDED_PROCESSORS
        if path not in found
    ]


@register(Tags.files)
def check_storage(app_configs, **kwargs):
    """Check that attachments have a storage of their own, which no web server serves."""
    alias = conf.STORAGE
    hint = (
        f"Add '{alias}' to STORAGES, for example {{'BACKEND': "
        "'django.core.files.storage.FileSystemStorage', 'OPTIONS': {'location': BASE_DIR / "
        "'private'}}."
    )
    try:
        storage = storages[alias]
    except InvalidStorageError:
        return [
            Error(
                f"There is no storage '{alias}' for attachments.",
                hint=hint,
                id="wagtail_portal.E011",
            )
        ]
    location = getattr(storage, "location", None)
    if location is None or not settings.MEDIA_ROOT:
        return []
    folder, media = Path(location).resolve(), Path(settings.MEDIA_ROOT).resolve()
    if folder == media or media in folder.parents:
        return [
            Error(
                "Attachments are kept under MEDIA_ROOT, where everybody can fetch them.",
                hint=f"Give the storage '{alias}' in STORAGES a location outside MEDIA_ROOT.",
                id="wagtail_portal.E012",
            )
        ]
    return []


@register(Tags.caches, deploy=True)
def check_cache(app_configs, **kwargs):
    """Check that all processes share the cache, because limits are counted there."""
    backend = settings.CACHES.get("default", {}).get("BACKEND")
    if backend not in UNSHARED_CACHES:
        return []
    return [
        Warning(
            "The default cache is not shared between processes: limits on sign-in codes, replies "
            "and forms would not hold.",
            hint="Use Redis, Memcached or the database cache for CACHES['default'].",
            id="wagtail_portal.W013",
        )
    ]
