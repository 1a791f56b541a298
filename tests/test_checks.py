"""``manage.py check`` explains what a site hasn't set up."""

import logging
import os
import subprocess
import sys
from types import ModuleType
from uuid import uuid4

import django
import pytest
from allauth.account.auth_backends import AuthenticationBackend
from django.apps import AppConfig, apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import connection, models
from django.template.context_processors import request
from django.test import override_settings
from django.urls import include, path

from tests.signin.tokens import ISSUER, SECRET
from wagtail_portal import conf
from wagtail_portal.checks import databases, installation
from wagtail_portal.middleware import PortalMiddleware
from wagtail_portal.models import PortalSettings, UsedToken
from wagtail_portal.pages import checks as pages_checks

HERE = "tests.test_checks"
# The first query of a process asks the database for its features.
pytestmark = pytest.mark.django_db


def ids(**kwargs) -> set[str]:
    return {error.id for error in run_checks(**kwargs) if error.id.startswith("wagtail_portal")}


def without(values, *names):
    return [value for value in values if value not in names]


def test_test_site_passes_all_checks():
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *(
            ("WAGTAIL_PORTAL", {"SIGN_IN": {name: value}}, expected)
            for name, value, expected in (
                ("ADAPTER", "allauth.account.adapter.DefaultAccountAdapter", "E004"),
                ("FORMS", {"login": "allauth.account.forms.LoginForm"}, "E005"),
                ("LOGIN_BY_CODE_ENABLED", False, "E006"),
                ("EMAIL_UNKNOWN_ACCOUNTS", True, "W007"),
                ("RATE_LIMITS", {"request_login_code": "20/m/ip,3/m/key,10/h/key"}, "W021"),
            )
        ),
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"], "E008"),
        ("ROOT_URLCONF", "wagtail.urls", "E009"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", "E020"),
        ("SESSION_COOKIE_SAMESITE", "strict", "W036"),
        (
            "WAGTAIL_PORTAL",
            {
                "SOCIAL_SIGN_IN": {
                    "ADAPTER": "allauth.socialaccount.adapter.DefaultSocialAccountAdapter"
                }
            },
            "E024",
        ),
        *(
            ("WAGTAIL_PORTAL", {"JWT_ISSUERS": entries}, "E022")
            for entries in (
                [{}],
                [{**ISSUER, "secret": "x" * 31}],
                [{**ISSUER, "secret": ""}],
                [{**ISSUER, "jwks_url": "https://keys.example/"}],
                [{**ISSUER, "secret": "", "jwks_url": "http://keys.example/"}],
                [{**ISSUER, "algorithms": ["RS256"]}],
                [{**ISSUER, "audience": ""}],
                [{**ISSUER, "key": "a b"}],
                [{**ISSUER, "login_url": "/login/"}],
                [{**ISSUER, "login_url": "", "at_once": True}],
                [{**ISSUER, "domains": "acme.example"}],
                [{**ISSUER, "roles": "admin"}],
                [{**ISSUER, "new_organizations": True}],
                [{**ISSUER, "organisations": ["a"]}],
                [ISSUER, ISSUER],
            )
        ),
    ],
)
def test_invalid_setting_is_reported(name, value, expected):
    with override_settings(**{name: value}):
        assert f"wagtail_portal.{expected}" in ids()


def test_checks_do_not_print_secrets(settings):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, "issuer": ""}]}
    found = [error for error in run_checks() if error.id == "wagtail_portal.E022"]
    assert found
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8000/keys", "https://localhost/keys", "https://app.localhost/keys"),
        *("https://127.0.0.1:8000/keys", "https://10.1.2.3/keys", "https://[::1]/keys"),
        "http://keys.example/",
    ],
)
def test_check_names_the_setting_for_private_networks(settings, url):
    entry = {**ISSUER, "secret": "", "jwks_url": url}
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [entry]}
    (found,) = [error for error in run_checks() if error.id == "wagtail_portal.E022"]
    assert "for local development, set 'private_network': True" in found.msg
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**entry, "private_network": True}]}
    assert ids() == set()


def test_valid_issuer_is_accepted(settings):
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER]}
    assert ids() == set()


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        (["'self'"], True),
        (["'none'"], True),
        (["'self'", "https://id.acme.example"], False),
        (["https:"], False),
        (None, False),
    ],
)
def test_csp_that_blocks_the_provider_is_reported(settings, allowed, told):
    settings.SECURE_CSP = {"default-src": ["'self'"], "form-action": allowed}
    assert ids() == set()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [{"provider_id": "acme"}]}}
    assert ids() == ({"wagtail_portal.W025"} if told else set())


def test_csp_that_blocks_redirects_to_an_issuer_is_reported(settings):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"form-action": ["'self'"]}}
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER]}
    # The sign-in page links to it, which no policy stops.
    assert ids() == set()
    redirecting = {"at_once": True, "logout_url": "https://app.acme.example/logout/"}
    settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [ISSUER | redirecting]}
    told = [row.hint for row in run_checks() if row.id == "wagtail_portal.W025"]
    assert len(told) == 2
    assert any(redirecting["logout_url"] in hint for hint in told)


@pytest.mark.parametrize(
    "path",
    [
        "allauth.account.middleware.AccountMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "wagtail_portal.middleware.PortalMiddleware",
    ],
)
def test_missing_middleware_is_reported(settings, path):
    settings.MIDDLEWARE = without(settings.MIDDLEWARE, path)
    assert "wagtail_portal.E003" in ids()


def test_portal_middleware_below_that_for_csrf_is_reported(settings):
    path = "wagtail_portal.middleware.PortalMiddleware"
    settings.MIDDLEWARE = [*without(settings.MIDDLEWARE, path), path]
    assert "wagtail_portal.W017" in ids()


@pytest.mark.parametrize(
    "sessions", ["django.contrib.sessions.middleware.SessionMiddleware", f"{HERE}.Fancy"]
)
def test_portal_middleware_above_that_for_sessions_is_reported(settings, sessions):
    below = without(settings.MIDDLEWARE, "django.contrib.sessions.middleware.SessionMiddleware")
    settings.MIDDLEWARE = [sessions, *below]
    assert ids() == set()
    portal = f"{HERE}.FancyPortal"
    rest = without(below, "wagtail_portal.middleware.PortalMiddleware")
    settings.MIDDLEWARE = [portal, sessions, *rest]
    assert ids() == {"wagtail_portal.E029"}


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        (["wagtail_portal", "allauth.account"], "E001"),
        (["allauth.account", "wagtail_portal", "allauth.mfa"], "W002"),
    ],
)
def test_missing_and_misordered_apps_are_reported(monkeypatch, installed, expected):
    monkeypatch.setattr(installation, "installed_apps", lambda: installed)
    assert f"wagtail_portal.{expected}" in {error.id for error in installation.check_apps(None)}


PORTAL = path("accounts/", include("wagtail_portal.urls"))
WAGTAIL = path("", include("wagtail.urls"))
ALLAUTH = path("accounts/", include("allauth.account.urls"))


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([PORTAL, WAGTAIL], set()),
        ([WAGTAIL, PORTAL], {"wagtail_portal.E026"}),
        ([path("portal/", include("wagtail_portal.urls")), ALLAUTH, WAGTAIL], set()),
        ([PORTAL, ALLAUTH, WAGTAIL], {"wagtail_portal.E027"}),
        ([ALLAUTH, PORTAL, WAGTAIL], {"wagtail_portal.E026"}),
    ],
)
def test_urls_that_hide_one_another_are_reported(settings, patterns, expected):
    settings.ROOT_URLCONF = ModuleType("patterns")
    settings.ROOT_URLCONF.urlpatterns = patterns
    assert {error.id for error in installation.check_urls(None)} == expected


def test_own_pages_beside_another_base_page_model_are_reported(settings):
    settings.WAGTAIL_PAGE_MODEL = "site.BasePage"
    assert [error.id for error in installation.check_apps(None)] == ["wagtail_portal.E028"]


def test_users_without_an_email_address_are_reported(monkeypatch):
    assert list(installation.check_user_model(None)) == []
    monkeypatch.setattr(get_user_model(), "EMAIL_FIELD", "mail")
    assert [row.id for row in installation.check_user_model(None)] == ["wagtail_portal.E035"]


def test_users_that_cannot_be_deactivated_are_reported(monkeypatch):
    fields = [row for row in get_user_model()._meta.concrete_fields if row.name != "is_active"]
    monkeypatch.setattr(get_user_model()._meta, "concrete_fields", fields)
    assert [row.id for row in installation.check_user_model(None)] == ["wagtail_portal.E036"]


def test_users_that_cannot_be_created_are_reported(monkeypatch):
    class Person(AbstractUser):
        born = models.DateField()
        phone = models.CharField(unique=True, max_length=20)
        motto = models.CharField(max_length=20)
        company = models.ForeignKey("wagtailcore.Site", models.CASCADE, null=True)
        joined = models.DateField(auto_now_add=True)
        token = models.UUIDField(unique=True, default=uuid4)

        class Meta:
            app_label = "people"
            abstract = True

    fields = [*get_user_model()._meta.concrete_fields, *Person._meta.local_fields[-6:]]
    monkeypatch.setattr(get_user_model()._meta, "concrete_fields", fields)
    rows = list(installation.check_user_model(None))
    assert {row.id for row in rows} == {"wagtail_portal.W039"}
    assert ["'born'" in rows[0].msg, "'phone'" in rows[1].msg, len(rows)] == [True, True, 2]


def test_commands_of_which_another_app_has_one_are_reported(monkeypatch, tmp_path):
    other = AppConfig("shop", installation)
    other.path = str(tmp_path)
    (tmp_path / "management" / "commands").mkdir(parents=True)
    (tmp_path / "management" / "commands" / "send_emails.py").touch()
    own = [apps.get_app_config("wagtail_portal"), apps.get_app_config("wagtailcore")]
    for configs, first in (([*own, other], "wagtail_portal"), ([other, *own], "shop")):
        monkeypatch.setattr(installation.apps, "get_app_configs", lambda found=configs: found)
        (row,) = installation.check_commands(None)
        assert row.id == "wagtail_portal.W037"
        assert f"'send_emails'. Only that of '{first}'" in row.msg


def test_missing_context_processor_is_reported(settings):
    template = {**settings.TEMPLATES[0], "OPTIONS": {"context_processors": []}}
    settings.TEMPLATES = [template]
    assert "wagtail_portal.E010" in ids()


def test_missing_attachment_storage_is_reported(settings):
    storages = dict(settings.STORAGES)
    del storages["portal"]
    settings.STORAGES = storages
    assert "wagtail_portal.E011" in ids()


@pytest.mark.parametrize("name", ["MEDIA_ROOT", "STATIC_ROOT"])
@pytest.mark.parametrize("below", ["", "attachments"])
def test_attachments_inside_a_public_folder_are_reported(settings, name, below):
    private = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": os.path.join(getattr(settings, name), below)},
    }
    settings.STORAGES = {**settings.STORAGES, "portal": private}
    assert "wagtail_portal.E012" in ids()


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("django.core.files.storage.InMemoryStorage", {}),
        (f"{HERE}.Bucket", {"location": "media/attachments"}),
    ],
)
def test_storage_that_is_no_folder_is_accepted(settings, backend, options):
    settings.MEDIA_ROOT = os.path.abspath("media")
    private = {"BACKEND": backend, "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "portal": private}
    assert ids() == set()


class Bucket(Storage):
    """Object storage with a prefix, as django-storages has it."""

    def __init__(self, location):
        self.location = location


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_unshared_cache_is_reported_by_the_deployment_check(settings, backend):
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    assert "wagtail_portal.W013" in ids(include_deployment_checks=True)
    assert "wagtail_portal.W013" not in ids()


def test_missing_table_of_the_cache_is_reported(settings):
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "lost_table"}}
    assert "wagtail_portal.W038" not in ids()
    assert "wagtail_portal.W038" in ids(databases=["default"])
    call_command("createcachetable")
    assert "wagtail_portal.W038" not in ids(databases=["default"])


def test_options_that_sqlite_needs_are_named(monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("not SQLite")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"timeout": 30})
    monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)
    (warning,) = [error for error in run_checks() if error.id == "wagtail_portal.W015"]
    assert "'transaction_mode': 'IMMEDIATE'" in warning.hint
    assert "'init_command': 'PRAGMA journal_mode=WAL;" in warning.hint
    assert "timeout" not in warning.hint


class Router:
    """A router that sends the portal's reads and writes to two databases."""

    def __init__(self, read, write):
        self.aliases = read, write

    def db_for_read(self, model, **hints):
        return self.aliases[0] if model._meta.app_label == "wagtail_portal" else None

    def db_for_write(self, model, **hints):
        return self.aliases[1] if model._meta.app_label == "wagtail_portal" else None


@pytest.mark.parametrize(
    ("read", "write", "expected"),
    [
        (None, None, set()),
        ("default", "default", set()),
        ("replica", "default", {"wagtail_portal.W034"}),
        ("support", "support", {"wagtail_portal.E033"}),
    ],
)
def test_routers_that_tear_apart_what_belongs_together_are_reported(
    settings, read, write, expected
):
    settings.DATABASE_ROUTERS = [Router(read, write)]
    assert {row.id for row in databases.check_routers(None)} == expected


@pytest.mark.parametrize("timeout", [None, 10])
def test_mail_server_without_a_timeout_is_reported_by_the_deployment_check(settings, timeout):
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    if django.VERSION >= (6, 1):
        options = {"host": "localhost", "timeout": timeout}
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}
    else:
        settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = smtp, timeout
    assert ("wagtail_portal.W016" in ids(include_deployment_checks=True)) is (timeout is None)
    assert "wagtail_portal.W016" not in ids()


def test_errors_that_leave_no_trace_are_reported_by_the_deployment_check(settings, monkeypatch):
    logger, handler = logging.getLogger("django"), logging.StreamHandler()
    # The test runner listens at the root.
    monkeypatch.setattr(logger, "propagate", False)
    assert "wagtail_portal.W018" in ids(include_deployment_checks=True)
    settings.ADMINS = ["ops@site.example"]
    assert "wagtail_portal.W018" not in ids(include_deployment_checks=True)
    settings.ADMINS = []
    monkeypatch.setattr(logger, "handlers", [*logger.handlers, handler])
    assert "wagtail_portal.W018" not in ids(include_deployment_checks=True)


def test_unknown_portal_setting_is_reported(settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAEG": 3}
    with pytest.raises(ImproperlyConfigured, match="has no setting 'TICKETS_PER_PAEG'"):
        conf.load()
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": "3"}
    with pytest.raises(ImproperlyConfigured, match="must be of type int"):
        conf.load()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"TICKETS_PER_PAGE": 0}, "'TICKETS_PER_PAGE'] must be at least 1"),
        ({"EMAIL_RETENTION_DAYS": -1}, "'EMAIL_RETENTION_DAYS'] must be at least 0"),
        ({"ALERT_EMAILS": [None]}, "entry of WAGTAIL_PORTAL['ALERT_EMAILS'] must be of type str"),
        ({"MAILBOXES": ["imap.site.example"]}, "'MAILBOXES'] must be of type dict"),
        ({"SIGN_IN": {"ACCOUNT_RATE_LIMITS": False}}, "Remove 'ACCOUNT_' from these names"),
        (None, "WAGTAIL_PORTAL must be a dictionary"),
    ],
)
def test_values_with_which_something_would_fail_later_are_refused_at_start(
    settings, given, message
):
    settings.WAGTAIL_PORTAL = given
    with pytest.raises(ImproperlyConfigured) as caught:
        conf.load()
    assert message in str(caught.value)


def test_search_backend_that_cant_be_used_is_reported(settings):
    assert "wagtail_portal.E040" not in ids()
    for name in ("shop.search.Nowhere", "wagtail_portal.search.base.backend"):
        settings.WAGTAIL_PORTAL = {"SEARCH_BACKEND": name}
        assert "wagtail_portal.E040" in ids()


def test_site_without_the_storage_starts_and_reports_it(tmp_path):
    """Runs in a separate process, because models use the storage while they're loaded."""
    import subprocess
    import sys

    module = tmp_path / "no_storage.py"
    module.write_text(
        "from tests.settings import *\nSTORAGES = dict(STORAGES)\ndel STORAGES['portal']\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--settings=no_storage"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"},
        capture_output=True,
        text=True,
    )
    assert "wagtail_portal.E011" in done.stderr


def test_site_without_time_zones_starts_and_reports_it(tmp_path):
    module = tmp_path / "no_zones.py"
    module.write_text("from tests.settings import *\nUSE_TZ = False\n")
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--settings=no_zones"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"},
        capture_output=True,
        text=True,
    )
    assert "wagtail_portal.E032" in done.stderr


def test_attachments_cannot_be_saved_without_their_storage():
    from django.core.exceptions import ImproperlyConfigured
    from django.core.files.base import ContentFile

    from wagtail_portal.models.messages import MissingStorage

    with pytest.raises(ImproperlyConfigured):
        MissingStorage().save("x.txt", ContentFile(b"x"))


class Fancy(SessionMiddleware):
    """A host site's own middleware."""


class FancyPortal(PortalMiddleware):
    """The same for the portal's."""


class FancyBackend(AuthenticationBackend):
    """A host site's own backend."""


class FancyCache(LocMemCache):
    """A host site's own cache, which isn't shared either."""


class SessionStore(signed_cookies.SessionStore):
    """Makes this module a session engine."""


request_again = request


def test_subclasses_and_other_paths_are_as_good(settings):
    replaced = {"django.contrib.sessions.middleware.SessionMiddleware": f"{HERE}.Fancy"}
    settings.MIDDLEWARE = [replaced.get(path, path) for path in settings.MIDDLEWARE]
    settings.AUTHENTICATION_BACKENDS = [f"{HERE}.FancyBackend"]
    processors = settings.TEMPLATES[0]["OPTIONS"]["context_processors"]
    usual = "django.template.context_processors.request"
    paths = [f"{HERE}.request_again", *without(processors, usual)]
    options = {**settings.TEMPLATES[0]["OPTIONS"], "context_processors": paths}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": options}]
    assert ids() == set()


def test_subclasses_are_as_bad(settings):
    settings.SESSION_ENGINE = HERE
    assert "wagtail_portal.E020" in ids()
    settings.CACHES = {"default": {"BACKEND": f"{HERE}.FancyCache"}}
    assert "wagtail_portal.W013" in ids(include_deployment_checks=True)


def test_path_that_leads_nowhere_is_no_reason_to_fail(settings):
    settings.AUTHENTICATION_BACKENDS = ["nowhere.at.All", "wagtail_portal.nothing", ""]
    assert "wagtail_portal.E008" in ids()


@pytest.mark.django_db
def test_tables_that_cannot_store_emoji_are_told():
    assert databases.check_character_sets(None, databases=["default"]) == []
    if connection.vendor != "mysql":
        return
    table = UsedToken._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb3")
        try:
            (warning,) = databases.check_character_sets(None, databases=["default"])
        finally:
            cursor.execute(f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4")
    assert warning.id == "wagtail_portal.W014"
    assert table in warning.msg
    # Without a database to ask, nothing is asked.
    assert databases.check_character_sets(None) == []


def test_missing_page_models_and_sender_are_named(settings, monkeypatch):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    monkeypatch.setattr(pages_checks, "page_models", lambda kind: [])
    found = {one.id: one.hint for one in run_checks(include_deployment_checks=True)}
    assert "'wagtail_portal.pages' to INSTALLED_APPS" in found["wagtail_portal.W030"]
    assert "Set DEFAULT_FROM_EMAIL" in found["wagtail_portal.W031"]


def test_unverified_senders_are_reported(home, settings):
    def found(**kwargs):
        return "wagtail_portal.W026" in ids(**kwargs)

    assert not found(databases=["default"])
    PortalSettings.objects.update_or_create(
        site=home.get_site(), defaults={"incoming_address": "support@company.example"}
    )
    assert found(databases=["default"])
    settings.WAGTAIL_PORTAL = {"MAILBOXES": [{"HOST": "imap.company.example", "USER": "support"}]}
    assert found()
    settings.WAGTAIL_PORTAL = {"EMAIL_AUTHSERV_IDS": ["mx.company.example"]}
    assert not found(databases=["default"])


def test_pages_without_the_portal_say_so():
    """In another process, because Django stops before it has loaded the apps."""
    setup = (
        "import django; from django.conf import settings; "
        "settings.configure(INSTALLED_APPS=['wagtail_portal.pages']); django.setup()"
    )
    done = subprocess.run([sys.executable, "-c", setup], capture_output=True, text=True)
    assert "'wagtail_portal.pages' needs 'wagtail_portal'" in done.stderr
