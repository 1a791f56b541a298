"""What a site has to install and include."""

from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.management import find_commands
from django.template import engines
from django.urls import NoReverseMatch, Resolver404, reverse

from wagtail_portal.models import user_name_fields
from wagtail_portal.pages import checks as pages_checks
from wagtail_portal.portal_urls import SIGN_IN
from wagtail_portal.utils.imports import includes, leads_to
from wagtail_portal.utils.paths import resolve_path

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
#: Wagtail's own base page model.
PAGE = "wagtailcore.page"
#: Pages of allauth that a site may have.
SITE_PAGES = ("account_login", "account_logout", "account_reauthenticate")


def installed_apps() -> list[str]:
    """Return the names of the installed apps, in their order."""
    return [config.name for config in apps.get_app_configs()]


def _missing(needed, found, kind: str, setting: str, check_id: str) -> list[CheckMessage]:
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
    """Check that needed apps are installed, in an order in which the portal's templates are found,
    and that the portal's pages suit the site's own base page model."""
    installed = installed_apps()
    errors = _missing(NEEDED_APPS, installed, "app", "INSTALLED_APPS", "wagtail_portal.E001")
    above = set(installed[: installed.index("wagtail_portal")])
    # Everything else about sign-in has templates of its own.
    if "allauth.mfa" in installed and above & {"allauth.account", "allauth.mfa"}:
        errors.append(
            Warning(
                "The portal's pages for second factors would look like allauth's.",
                hint="Put 'wagtail_portal' before 'allauth.account' and 'allauth.mfa' in "
                "INSTALLED_APPS.",
                id="wagtail_portal.W002",
            )
        )
    model = getattr(settings, "WAGTAIL_PAGE_MODEL", PAGE)
    if model.lower() != PAGE and "wagtail_portal.pages" in installed:
        errors.append(
            Error(
                f"The portal's own pages can't be used with the base page model '{model}'.",
                hint="Remove 'wagtail_portal.pages' from INSTALLED_APPS, and add the portal to "
                "page models of your site: see docs/how-to/own-page-models.md.",
                id="wagtail_portal.E028",
            )
        )
    return errors


@register()
def check_commands(app_configs, **kwargs):
    """Check that no other app has a command with the name of one of the portal's."""
    found: dict[str, str] = {}
    # The first app with a command is the one that runs it.
    for config in apps.get_app_configs():
        for name in find_commands(str(Path(config.path) / "management")):
            first = found.setdefault(name, config.name)
            if first != config.name and "wagtail_portal" in (first, config.name):
                yield Warning(
                    f"The apps '{first}' and '{config.name}' both have a command '{name}'. Only "
                    f"that of '{first}' can be run.",
                    hint="Rename the command of the other app, and change what runs it.",
                    id="wagtail_portal.W037",
                )


@register()
def check_middleware(app_configs, **kwargs):
    """Check the middleware that sign-in and error pages need."""
    errors = _missing(
        NEEDED_MIDDLEWARE, settings.MIDDLEWARE, "middleware", "MIDDLEWARE", "wagtail_portal.E003"
    )
    sessions, portal = map(_place, NEEDED_MIDDLEWARE[:2])
    csrf = _place("django.middleware.csrf.CsrfViewMiddleware")
    if portal is not None and sessions is not None and portal < sessions:
        errors.append(
            Error(
                "No one can sign in, because the portal's middleware needs the session.",
                hint="Put 'wagtail_portal.middleware.PortalMiddleware' below "
                "'django.contrib.sessions.middleware.SessionMiddleware' in MIDDLEWARE.",
                id="wagtail_portal.E029",
            )
        )
    if portal is not None and csrf is not None and portal > csrf:
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


def _place(needed: str) -> int | None:
    """Return the place of a middleware, or of a subclass of it, in the settings."""
    paths = enumerate(settings.MIDDLEWARE)
    return next((place for place, path in paths if leads_to(path, needed)), None)


@register()
def check_signin(app_configs, **kwargs):
    """Check allauth's settings, for which allauth's forms are loaded."""
    return import_module("wagtail_portal.signin.checks").check_signin(app_configs, **kwargs)


@register()
def check_user_model(app_configs, **kwargs):
    """Check that users have an email address, can be deactivated, and can be created."""
    model = get_user_model()
    name, known = model.get_email_field_name(), {row.name for row in model._meta.concrete_fields}
    if name not in known:
        yield Error(
            f"Users have no field '{name}', but sign in with their email address.",
            hint=f"Add an EmailField to the model '{settings.AUTH_USER_MODEL}', or name the one "
            "that it has in its attribute EMAIL_FIELD.",
            id="wagtail_portal.E035",
        )
    if "is_active" not in known:
        # Django's AbstractBaseUser has only an attribute, by which no query can filter.
        yield Error(
            "Users have no field 'is_active', by which the portal finds those who have access.",
            hint=f"Add a BooleanField 'is_active' to the model '{settings.AUTH_USER_MODEL}', with "
            "the default True.",
            id="wagtail_portal.E036",
        )
    filled = {name, model.USERNAME_FIELD, *user_name_fields()}
    needed = [row for row in model._meta.concrete_fields if _needs_value(row)]
    for field in needed:
        if field.name not in filled:
            yield Warning(
                f"The portal can't create users, because it doesn't know their '{field.name}'.",
                hint=f"Give the field '{field.name}' of the model '{settings.AUTH_USER_MODEL}' a "
                "default, or let it be null.",
                id="wagtail_portal.W039",
            )


def _needs_value(field) -> bool:
    """Return whether a row can't be saved, or only one, if no one sets the field."""
    is_automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if is_automatic or field.primary_key or field.generated or field.null:
        return False
    is_set = field.has_default() or field.has_db_default()
    return not is_set and (field.unique or not field.empty_strings_allowed)


register(pages_checks.check_page_models)
register(pages_checks.check_sender, deploy=True)


@register(Tags.urls)
def check_urls(app_configs, **kwargs):
    """Check that the URLs of sign-in and the theme are included, that others don't hide them, and
    that they hide no sign-in page of the site."""
    found = {name: _view_at(name) for name in (SIGN_IN, "wagtail_portal_theme")}
    if None in found.values():
        missing = [name for name, row in found.items() if row is None]
        yield Error(
            f"The portal's URLs aren't included: {', '.join(missing)}.",
            hint="Add path('accounts/', include('wagtail_portal.urls')) to the site's URLs, before "
            "Wagtail's.",
            id="wagtail_portal.E009",
        )
    for url, is_portal in filter(None, found.values()):
        if not is_portal:
            yield Error(
                f"Another URL pattern comes before the portal's, and serves {url}.",
                hint="Put the portal's URLs above Wagtail's, and above others that match them.",
                id="wagtail_portal.E026",
            )
            break
    for name in SITE_PAGES:
        url, is_portal = _view_at(name) or ("", False)
        if is_portal:
            yield Error(
                f"The portal's page hides the site's own at {url}.",
                hint="Include 'wagtail_portal.urls' with another prefix than 'allauth.urls', "
                "such as 'portal/'.",
                id="wagtail_portal.E027",
            )
            break


def _view_at(name: str):
    """Return the URL with a name, and whether a view of the portal serves it; None without one."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    try:
        view = resolve_path(url).func
    except Resolver404:
        return url, False
    return url, getattr(view, "is_portal_view", False)


@register(Tags.templates)
def check_context_processors(app_configs, **kwargs):
    """Check for the context processors that the portal's templates use."""
    found = set()
    for engine in engines.all():
        found |= set(getattr(getattr(engine, "engine", None), "context_processors", ()))
    return _missing(
        NEEDED_PROCESSORS, found, "context processor", "TEMPLATES", "wagtail_portal.E010"
    )
