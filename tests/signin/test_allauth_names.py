"""Every name of an address that allauth reverses leads somewhere, whatever a site switches on.

A release of allauth that leads to a new page fails here, and not in a customer's browser.
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
#: Parts of allauth whose URLs the sign-in's include as a whole, with what their settings add.
INCLUDED = ("mfa/", "socialaccount/providers/")
#: Everything of allauth that changes what is reversed, or what is routed.
EVERYTHING = {
    "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": True,
    "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": False,
    "ACCOUNT_LOGIN_BY_CODE_TRUST_ENABLED": True,
    "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": True,
    "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
    "MFA_PASSKEY_SIGNUP_ENABLED": True,
    "MFA_TRUST_ENABLED": True,
}


@dataclass(frozen=True)
class Never:
    """Names that allauth reverses where nobody comes.

    :ivar names: patterns of names.
    :ivar place: a pattern of ``path (owner)``.
    :ivar because: why nobody comes there.
    :ivar versions: of allauth in which it is so; "" for all that we support.
    """

    names: str
    place: str
    because: str
    versions: str = ""

    def covers(self, use: Use) -> bool:
        return fnmatch(use.name, self.names) and fnmatch(f"{use.path} ({use.owner})", self.place)

    def is_for(self, version: str) -> bool:
        return SpecifierSet(self.versions).contains(version, prereleases=True)


#: Beside what is read from the source: pages that no address leads to, their templates, and names
#: that a part of allauth brings with it.
NEVER_REACHED = [
    Never(
        "account_change_password",
        "account/adapter.py (DefaultAccountAdapter)",
        "only the pages on which a password is changed or set ask for it",
    ),
    Never(
        "account_reset_password",
        "account/fields.py (PasswordField)",
        "without an address, the link is left out",
    ),
    Never(
        "account_reset_password*",
        "account/internal/flows/password_reset.py (get_reset_password*_url)",
        "only the page that resets a password, and people who sign up with a known address",
    ),
    Never(
        "account_verify_phone",
        "account/stages.py (PhoneVerificationStage)",
        "the portal's adapter keeps no phone numbers, and a site that does includes allauth.urls",
    ),
    Never(
        "socialaccount_signup",
        "socialaccount/internal/flows/signup.py (redirect_to_signup)",
        "the portal's adapter refuses people without a user before allauth asks them to sign up",
    ),
    Never(
        "socialaccount_signup",
        "urls.py ()",
        "only a site that includes allauth.urls has this address, and the other one with it",
    ),
    *(
        Never(
            name,
            "templates/allauth/layouts/base.html ()",
            "the menu of allauth's own frame leaves out what has no address",
        )
        for name in ("account_change_password", "usersessions_list")
    ),
]


class Routes:
    """What the sign-in's URLs have, with every setting that changes it."""

    def __init__(self):
        self.names, self.classes = set(), set()
        for settings in ({}, EVERYTHING):
            with override_settings(**settings):
                self._add(fresh_urlconf().urlpatterns)
        # Shown by a function, for which the sources say no class.
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
    """A class as the sources name it: file, and name."""
    module = importlib.util.find_spec(cls.__module__)
    path = (module.origin or "") if module else ""
    return path.removeprefix(f"{allauth_names.ROOT}/"), cls.__name__


def fresh_urlconf():
    """The module of the sign-in's URLs, made anew with the settings of now."""
    spec = importlib.util.find_spec(URLCONF)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Sources:
    """What the installed allauth's sources say."""

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

    def brought_along(self, use: Use) -> bool:
        """Whether the part of allauth that reverses the name defines it, in URLs that are included
        as a whole: by ours, or by the site."""
        folder = use.path.removeprefix("templates/")
        if folder.startswith(NAMESPACED):
            return use.name.split(":")[0] == folder.split("/")[0]
        if "*" in use.name:
            return folder.startswith(INCLUDED)
        defined = {module.path for module in self.modules if use.name in module.declared}
        return any(path.startswith(INCLUDED) for path in defined)

    def never_shown(self, use: Use, routes: Routes) -> bool:
        """Whether only pages reverse the name that no address leads to."""
        if use.path.startswith("templates/"):
            template = use.path.removeprefix("templates/").rpartition(".")[0]
            places = self.shown.get(template, set())
        else:
            places = {(use.path, use.owner)}
        return bool(places) and places <= self.views - routes.classes


def problems(sources, routes, *, version=allauth.__version__, reasons=NEVER_REACHED) -> list[str]:
    """A sentence for every name that leads nowhere, and for every reason without a name."""
    open_uses = [
        use
        for use in sources.uses
        if use.name not in routes.names
        and not sources.brought_along(use)
        and not sources.never_shown(use, routes)
    ]
    reasons = [reason for reason in reasons if reason.is_for(version)]
    found = [
        f"django-allauth {version} reverses {use.name!r} in {use}, but the portal has no such "
        f"address: route it in {URLCONF}, or say in NEVER_REACHED why nobody comes there."
        for use in open_uses
        if not any(reason.covers(use) for reason in reasons)
    ]
    return found + [
        f"django-allauth {version} does not reverse {reason.names!r} in {reason.place} any more: "
        f"remove the reason from NEVER_REACHED, or say for which versions it holds."
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


def test_every_name_leads_somewhere(sources, routes):
    assert {"mfa_index", "mfa_add_webauthn", "openid_connect_login"} <= routes.names
    assert problems(sources, routes) == []


def test_only_pages_without_an_address_lead_to_changing_a_password(sources, routes):
    callers = {
        (module.path, owner)
        for module in sources.modules
        for owner, node in module.parts()
        if isinstance(node, ast.Attribute) and node.attr == "get_password_change_redirect_url"
    }
    assert callers
    assert callers <= sources.views - routes.classes


def test_adapter_keeps_no_phone_numbers():
    with pytest.raises(NotImplementedError):
        get_adapter().get_phone(None)


@pytest.mark.parametrize(
    "name",
    ["account_reauthenticate", "account_email", "account_signup", "socialaccount_connections"],
)
def test_address_that_is_taken_away_is_missed(sources, routes, name):
    routes.names.remove(name)
    found = problems(sources, routes)
    assert found
    for sentence in found:
        assert sentence.startswith(f"django-allauth {allauth.__version__} reverses {name!r} in ")


def test_new_name_is_told_with_its_place(sources, routes):
    sources.uses.append(Use("account_new", "account/adapter.py", 7, "DefaultAccountAdapter"))
    assert problems(sources, routes) == [
        f"django-allauth {allauth.__version__} reverses 'account_new' in account/adapter.py:7 "
        "(DefaultAccountAdapter), but the portal has no such address: route it in "
        "wagtail_portal.signin.urls, or say in NEVER_REACHED why nobody comes there."
    ]


def test_known_name_in_a_new_place_is_told(sources, routes):
    sources.uses.append(Use("account_change_password", "account/stages.py", 7, "NewStage"))
    (sentence,) = problems(sources, routes)
    assert "'account_change_password' in account/stages.py:7 (NewStage)" in sentence


def test_page_that_gets_an_address_has_to_lead_on(sources, routes):
    routes.classes.add(place_of(views.PasswordChangeView))
    assert any("account_set_password" in sentence for sentence in problems(sources, routes))


def test_reason_that_nothing_needs_is_told(sources, routes):
    gone = Never("account_gone", "account/*", "of old")
    assert problems(sources, routes, reasons=[*NEVER_REACHED, gone]) == [
        f"django-allauth {allauth.__version__} does not reverse 'account_gone' in account/* any "
        "more: remove the reason from NEVER_REACHED, or say for which versions it holds."
    ]
    only_before = Never("account_gone", "account/*", "of old", versions="<65")
    assert problems(sources, routes, reasons=[*NEVER_REACHED, only_before]) == []
