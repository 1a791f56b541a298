"""Kinds of sites that ``try_install.py`` installs the portal into, before the guide is followed."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

SCRIPTS = Path(__file__).resolve().parent
TESTS = SCRIPTS.parent / "tests" / "hosts"


@dataclass(frozen=True)
class Host:
    """A kind of site."""

    #: What makes a new project such a site, and what it does after the guide's steps.
    prepare: Callable = lambda project: None
    install: Callable = lambda project: None
    #: The script that uses the site itself, and prints what it gets as JSON.
    flows: str = "host_flows.py"
    #: Lines of the guide that the site has its own version of, by target or name.
    keeps: frozenset[str] = frozenset()
    #: Replacements in the guide's lines.
    instead: dict[str, str] = field(default_factory=dict)


def append(path: Path, code: str) -> None:
    with path.open("a") as file:
        file.write(dedent(code))


def create_app(project, name: str, models: str) -> str:
    """Create an app with these models, and return its name."""
    folder = project.folder / name
    (folder / "migrations").mkdir(parents=True)
    for path in (folder / "__init__.py", folder / "migrations" / "__init__.py"):
        path.touch()
    append(folder / "models.py", models)
    return name


def prepare_allauth(project) -> None:
    """Accounts with username and password, open sign-up, a provider and second factors."""
    shutil.copy(TESTS / "allauth_flows.py", project.folder)
    shutil.copy(TESTS / "allauth_urls.py", project.folder / "accounts.py")
    append(
        project.settings,
        """
        import os

        INSTALLED_APPS += [
            "allauth", "allauth.account", "allauth.socialaccount", "allauth.mfa",
            "allauth.socialaccount.providers.dummy", "allauth.usersessions",
            "django.contrib.humanize",
        ]
        MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
        AUTHENTICATION_BACKENDS = [
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ]
        WITH_PORTAL = False
        if "FLOWS" in os.environ:
            DATABASES["default"]["NAME"] = ":memory:"
        CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
        LOGIN_REDIRECT_URL = "/welcome/"
        EMAIL_SUBJECT_PREFIX = "[Site] "
        ACCOUNT_ADAPTER = "accounts.SiteAdapter"
        ACCOUNT_LOGIN_METHODS = {"username"}
        ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
        ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        ACCOUNT_EMAIL_NOTIFICATIONS = True
        ACCOUNT_EMAIL_SUBJECT_PREFIX = "Site: "
        SOCIALACCOUNT_AUTO_SIGNUP = True
        """,
    )
    append(
        project.urls,
        """
        from accounts import welcome
        urlpatterns[:0] = [
            path("accounts/", include("allauth.urls")), path("welcome/", welcome),
        ]
        """,
    )


def prepare_uuid(project) -> None:
    """Users with a UUID who sign in with their email address, and pages in two languages."""
    app = create_app(
        project,
        "people",
        """
        from uuid import uuid4
        from django.contrib.auth.models import AbstractUser, BaseUserManager
        from django.db import models

        class UserManager(BaseUserManager):
            def create_user(self, email, password=None, **fields):
                user = self.model(email=email, **fields)
                user.set_password(password)
                user.save()
                return user

        class User(AbstractUser):
            id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
            username = None
            email = models.EmailField(unique=True)
            objects = UserManager()
            USERNAME_FIELD = "email"
            REQUIRED_FIELDS = []
        """,
    )
    append(
        project.settings,
        """
        from importlib.util import find_spec
        INSTALLED_APPS += ["people"]
        if find_spec("wagtail_localize"):
            INSTALLED_APPS[:0] = ["wagtail_localize", "wagtail_localize.locales"]
        AUTH_USER_MODEL = "people.User"
        LANGUAGE_CODE = "en"
        LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("fr", "French")]
        WAGTAIL_I18N_ENABLED = True
        _session = MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware")
        MIDDLEWARE.insert(_session + 1, "django.middleware.locale.LocaleMiddleware")
        LOGIN_URL, LOGIN_REDIRECT_URL = "site_login", "/search/"
        """,
    )
    append(
        project.urls,
        """
        from django.conf.urls.i18n import i18n_patterns
        from django.contrib.auth.views import LoginView
        urlpatterns[-1:] = i18n_patterns(urlpatterns[-1], prefix_default_language=False)
        login = LoginView.as_view(template_name="admin/login.html")
        urlpatterns.insert(0, path("login/", login, name="site_login"))
        """,
    )
    project.must_run("manage.py", "makemigrations", app)


def prepare_base_page(project) -> None:
    """Pages with another base than Wagtail's ``Page``: the one of Wagtail's own tests, because its
    migrations take several steps."""
    for name in ("home", "search"):
        shutil.rmtree(project.folder / name)
    app = create_app(
        project,
        "website",
        """
        from wagtail.test.basepage.models import BasePage

        class ContentPage(BasePage):
            template = "base.html"
        """,
    )
    append(
        project.settings,
        """
        INSTALLED_APPS = [name for name in INSTALLED_APPS if name not in ("home", "search")]
        INSTALLED_APPS += ["wagtail.test.basepage", "website"]
        WAGTAIL_PAGE_MODEL = "basepage.BasePage"
        """,
    )
    urls = project.urls.read_text()
    urls = urls.replace("from search import views as search_views\n", "")
    urls = urls.replace('path("search/", search_views.search, name="search"),', "")
    project.urls.write_text(urls)
    project.must_run("manage.py", "makemigrations", app)
    project.must_run("manage.py", "migrate")
    create = """
        from wagtail.models import Site
        from website.models import BasePage, ContentPage
        root = BasePage.get_first_root_node()
        home = root.add_child(instance=ContentPage(title="Website", slug="website"))
        Site.objects.update(root_page=home)
    """
    project.must_run("manage.py", "shell", "--command", dedent(create))


def install_base_page(project) -> None:
    """The portal's pages with the site's base, as documented."""
    append(
        project.folder / "website" / "models.py",
        """
        from wagtail_portal.pages.home import PortalHomePageMixin
        from wagtail_portal.pages.ticket_form.form_page import TicketFormPageMixin

        class SupportPage(PortalHomePageMixin, BasePage):
            pass

        class SupportFormPage(TicketFormPageMixin, BasePage):
            content_panels = BasePage.content_panels + TicketFormPageMixin.form_panels
        """,
    )
    project.must_run("manage.py", "makemigrations", "website")


HOSTS = {
    "new": Host(),
    "allauth": Host(
        prepare_allauth,
        flows="allauth_flows.py",
        keeps=frozenset(
            {"LOGIN_URL", "WAGTAIL_FRONTEND_LOGIN_URL", "AUTHENTICATION_BACKENDS", "CACHES"}
        ),
        instead={"path('accounts/',": "path('portal/',"},
    ),
    "uuid": Host(prepare_uuid, keeps=frozenset({"LOGIN_URL"})),
    "base-page": Host(
        prepare_base_page,
        install_base_page,
        keeps=frozenset({"wagtail_portal.pages"}),
    ),
}
