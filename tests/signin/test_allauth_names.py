"""Every URL name that allauth reverses exists, whatever a site enables.

A release of allauth that redirects to a new page fails here rather than in a customer's browser.
"""

import ast
import importlib.util
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatch

import allauth
import pytest
from allauth.account import views
from allauth.account.adapter import get_adapter
from django.test import override_settings
from django.urls import URLPattern
from packaging.specifiers import SpecifierSet

from tests.signin import allauth_names
from tests.signin.allauth_names import NAMESPACED, Use

URLCONF = "wagtail_portal.signin.urls"
#: Parts of allauth whose URLs are included as a whole, with what their settings add.
INCLUDED = ("mfa/", "socialaccount/providers/")
#: All of allauth's settings that change which names are reversed or routed.
ALL_SETTINGS = {
    "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": True,
    "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": False,
    "ACCOUNT_LOGIN_BY_CODE_TRUST_ENABLED": True,
    "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": True,
    "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
    "MFA_PASSKEY_SIGNUP_ENABLED": True,
    "MFA_TRUST_ENABLED": True,
}


@dataclass(frozen=True)
class Unreachable:
    """URL names that allauth reverses in code that's never reached.

    :ivar names: a pattern of names.
    :ivar place: a pattern of ``path (owner)``.
    :ivar because: why it's never reached.
    :ivar versions: the allauth versions concerned; "" for all that we support.
    """

    names: str
    place: str
    because: str
    versions: str = ""

    def covers(self, use: Use) -> bool:
        return fnmatch(use.name, self.names) and fnmatch(f"{use.path} ({use.owner})", self.place)

    def is_for(self, version: str) -> bool:
        return SpecifierSet(self.versions).contains(version, prereleases=True)


#: In addition to what the source shows: pages without a URL, their templates, and names that a part
#: of allauth defines itself.
UNREACHABLE = [
    Unreachable(
        "account_change_password",
        "account/adapter.py (DefaultAccountAdapter)",
        "only the pages on which a password is changed or set ask for it",
    ),
    Unreachable(
        "account_reset_password",
        "account/fields.py (PasswordField)",
        "without an address, the link is left out",
    ),
    Unreachable(
        "account_reset_password*",
        "account/internal/flows/password_reset.py (get_reset_password*_url)",
        "only the page that resets a password, and people who sign up with a known address",
    ),
    Unreachable(
        "account_verify_phone",
        "account/stages.py (PhoneVerificationStage)",
        "the portal's adapter keeps no phone numbers, and a site that does includes allauth.urls",
    ),
    Unreachable(
        "socialaccount_signup",
        "socialaccount/internal/flows/signup.py (redirect_to_signup)",
        "the portal's adapter refuses people without a user before allauth asks them to sign up",
    ),
    Unreachable(
        "socialaccount_signup",
        "urls.py ()",
        "only a site that includes allauth.urls has this address, and the other one with it",
    ),
    *(
        Unreachable(
            name,
            "templates/allauth/layouts/base.html ()",
            "the menu of allauth's own frame leaves out what has no address",
        )
        for name in ("account_change_password", "usersessions_list")
    ),
]


class Routes:
    """The routes of the sign-in URLs, with every setting that changes them."""

    def __init__(self):
        self.names, self.classes = set(), set()
        for settings in ({}, ALL_SETTINGS):
            links = {"EMAIL_VERIFICATION_BY_CODE_ENABLED": not settings}
            with override_settings(**settings, WAGTAIL_PORTAL={"SIGN_IN": links}):
                self._add(fresh_urlconf().urlpatterns)
        # Shown by a function, so the source doesn't name the class.
        for view in (views.ConfirmEmailVerificationCodeView, views.EmailVerificationSentView):
            self.classes |= set(map(place_of, view.__mro__))

    def _add(self, patterns):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                self.names.add(pattern.name)
                view = getattr(pattern.callback, "view_class", object)
                self.classes |= set(map(place_of, view.__mro__))
            else:
                self._add(pattern.url_patterns)


def place_of(cls) -> tuple[str, str]:
    """Return a class as the sources name it: file and name."""
    module = importlib.util.find_spec(cls.__module__)
    path = (module.origin or "") if module else ""
    return path.removeprefix(f"{allauth_names.ROOT}/"), cls.__name__


def fresh_urlconf():
    """Return a fresh copy of the sign-in URLconf for the current settings."""
    spec = importlib.util.find_spec(URLCONF)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Sources:
    """The source of the installed allauth."""

    def __init__(self):
        self.modules = allauth_names.modules()
        self.uses = allauth_names.uses()
        self.views = {
            (module.path, name)
            for module in self.modules
            for name in module.classes
            if "views" in module.path and not module.path.startswith(INCLUDED)
        }
        self.shown = {}
        for module in self.modules:
            for template, owner in module.templates():
                self.shown.setdefault(template, set()).add((module.path, owner))

    def defined_by_included_urls(self, use: Use) -> bool:
        """Return whether the part of allauth that reverses the name defines it, in URLs that we or
        the site include as a whole."""
        folder = use.path.removeprefix("templates/")
        if folder.startswith(NAMESPACED):
            return use.name.split(":")[0] == folder.split("/")[0]
        if "*" in use.name:
            return folder.startswith(INCLUDED)
        defined = {module.path for module in self.modules if use.name in module.declared}
        return any(path.startswith(INCLUDED) for path in defined)

    def never_shown(self, use: Use, routes: Routes) -> bool:
        """Return whether the name is only reversed by pages without a URL."""
        if use.path.startswith("templates/"):
            template = use.path.removeprefix("templates/").rpartition(".")[0]
            places = self.shown.get(template, set())
        else:
            places = {(use.path, use.owner)}
        return bool(places) and places <= self.views - routes.classes


def problems(sources, routes, *, version=allauth.__version__, reasons=UNREACHABLE) -> list[str]:
    """Return a sentence for every name without a route and every outdated reason."""
    open_uses = [
        use
        for use in sources.uses
        if use.name not in routes.names
        and not sources.defined_by_included_urls(use)
        and not sources.never_shown(use, routes)
    ]
    reasons = [reason for reason in reasons if reason.is_for(version)]
    found = [
        f"django-allauth {version} reverses {use.name!r} in {use}, but the portal has no such "
        f"address: route it in {URLCONF}, or say in UNREACHABLE why nobody comes there."
        for use in open_uses
        if not any(reason.covers(use) for reason in reasons)
    ]
    return found + [
        f"django-allauth {version} does not reverse {reason.names!r} in {reason.place} any more: "
        f"remove the reason from UNREACHABLE, or say for which versions it holds."
        for reason in reasons
        if not any(reason.covers(use) for use in open_uses)
    ]


@pytest.fixture(scope="module")
def all_sources():
    return Sources()


@pytest.fixture
def sources(all_sources):
    found = copy(all_sources)
    found.uses = list(all_sources.uses)
    return found


@pytest.fixture
def routes():
    return Routes()


def test_every_name_has_a_route(sources, routes):
    assert {"mfa_index", "mfa_add_webauthn", "openid_connect_login"} <= routes.names
    assert problems(sources, routes) == []


def test_password_change_is_only_linked_from_pages_without_a_url(sources, routes):
    callers = {
        (module.path, owner)
        for module in sources.modules
        for owner, node in module.nodes()
        if isinstance(node, ast.Attribute) and node.attr == "get_password_change_redirect_url"
    }
    assert callers
    assert callers <= sources.views - routes.classes


def test_adapter_stores_no_phone_numbers():
    with pytest.raises(NotImplementedError):
        get_adapter().get_phone(None)


@pytest.mark.parametrize(
    "name",
    ["account_reauthenticate", "account_email", "account_signup", "socialaccount_connections"],
)
def test_removed_route_is_reported(sources, routes, name):
    routes.names.remove(name)
    found = problems(sources, routes)
    assert found
    for sentence in found:
        assert sentence.startswith(f"django-allauth {allauth.__version__} reverses {name!r} in ")


def test_new_name_is_reported_with_its_place(sources, routes):
    sources.uses.append(Use("account_new", "account/adapter.py", 7, "DefaultAccountAdapter"))
    assert problems(sources, routes) == [
        f"django-allauth {allauth.__version__} reverses 'account_new' in account/adapter.py:7 "
        "(DefaultAccountAdapter), but the portal has no such address: route it in "
        "wagtail_portal.signin.urls, or say in UNREACHABLE why nobody comes there."
    ]


def test_known_name_in_a_new_place_is_reported(sources, routes):
    sources.uses.append(Use("account_change_password", "account/stages.py", 7, "NewStage"))
    (sentence,) = problems(sources, routes)
    assert "'account_change_password' in account/stages.py:7 (NewStage)" in sentence


def test_names_on_a_page_that_gets_a_url_are_reported(sources, routes):
    routes.classes.add(place_of(views.PasswordChangeView))
    assert any("account_set_password" in sentence for sentence in problems(sources, routes))


def test_outdated_reason_is_reported(sources, routes):
    gone = Unreachable("account_gone", "account/*", "of old")
    assert problems(sources, routes, reasons=[*UNREACHABLE, gone]) == [
        f"django-allauth {allauth.__version__} does not reverse 'account_gone' in account/* any "
        "more: remove the reason from UNREACHABLE, or say for which versions it holds."
    ]
    only_before = Unreachable("account_gone", "account/*", "of old", versions="<65")
    assert problems(sources, routes, reasons=[*UNREACHABLE, only_before]) == []
