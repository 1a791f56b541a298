"""The portal only relies on those of allauth's internals that are listed here, and they exist.

A release of allauth that changes them fails here with its version and what has changed.
"""

import ast
import importlib
import inspect
from pathlib import Path
from pkgutil import walk_packages

import allauth
import pytest
from packaging.version import Version

import wagtail_portal
from wagtail_portal import signin
from wagtail_portal.signin import allauth_internals

PACKAGE = Path(wagtail_portal.__file__).parent
THE_MODULE = Path(allauth_internals.__file__)
FLOWS = "allauth.account.internal.flows"
CODE_VIEW = "allauth.account.views.ConfirmLoginCodeView"
#: Name, expected parameters or type, and the first version that has it.
RELIED_ON = [
    (f"{FLOWS}.email_verification.verify_email_indirectly", ["request", "user", "email"], "0"),
    (f"{FLOWS}.login.perform_login", ["request", "login"], "0"),
    (f"{FLOWS}.login.record_authentication", ["request", "user", "method"], "0"),
    ("allauth.account.internal.stagekit.clear_login", ["request"], "0"),
    (
        "allauth.account.internal.userkit.filter_users_by_email",
        ["email", "is_active", "prefer_verified", "for_login"],
        "0",
    ),
    ("allauth.mfa.totp.internal.auth.validate_totp_code", ["secret", "code"], "0"),
    ("allauth.core.ratelimit.respond_429", ["request"], "0"),
    ("allauth.core.internal.ratelimit.get_rates", ["app", "action"], "0"),
    ("allauth.core.internal.ratelimit.get_ip", ["request"], "0"),
    ("allauth.account.internal.stagekit.LOGIN_SESSION_KEY", str, "0"),
    ("allauth.app_settings", object, "0"),
    ("allauth.app_settings._app_settings.HEADLESS_ONLY", bool, "0"),
    ("allauth.account.app_settings", object, "0"),
    ("allauth.account.app_settings._app_settings", object, "0"),
    ("allauth.account.app_settings.AppSettings._setting", ["name", "dflt"], "0"),
    ("allauth.socialaccount.app_settings", object, "0"),
    ("allauth.socialaccount.app_settings._app_settings", object, "0"),
    ("allauth.socialaccount.app_settings.AppSettings._setting", ["name", "dflt"], "0"),
    ("allauth.core.exceptions.RateLimited", type, "0"),
    ("allauth.account.views.LoginView._redirect_to_pending_stage", ["request", "stage"], "0"),
    (
        "allauth.account.views.RequestLoginCodeView._redirect_to_pending_stage",
        ["request", "stage"],
        "0",
    ),
    (f"{CODE_VIEW}._resend_form_valid", ["form"], "0"),
    (f"{CODE_VIEW}._verify_form_valid", ["form"], "0"),
    (f"{FLOWS}.login_by_code.LoginCodeVerificationProcess.resend", [], "0"),
    (f"{FLOWS}.reauthentication.get_reauthentication_code_recipients", ["user"], "65.22"),
    (
        f"{FLOWS}.reauthenticate_by_code.ConfirmReauthenticationCodeProcess",
        ["request", "state", "user"],
        "65.22",
    ),
    (
        f"{FLOWS}.reauthenticate_by_code.ConfirmReauthenticationCodeProcess.is_valid",
        [],
        "65.22",
    ),
    (f"{FLOWS}.reauthenticate_by_code.REAUTHENTICATION_CODE_SESSION_KEY", str, "65.22"),
    ("allauth.account.views.ConfirmReauthenticationCodeView._resend_form_valid", ["form"], "65.22"),
]
#: Attributes that allauth's own code sets, with a function or class that sets them.
ATTRIBUTES = [
    ("_login_stage", "allauth.account.internal.decorators.login_stage_required", "0"),
    ("_process", CODE_VIEW, "0"),
    ("_user", "allauth.account.forms.RequestLoginCodeForm", "0"),
    ("_process", "allauth.account.views.ConfirmReauthenticationCodeView", "65.22"),
]


def is_for_this_version(row) -> bool:
    return Version(allauth.__version__) >= Version(row[-1])


def find(name: str):
    """Return the object with a dotted name.

    :raises AssertionError: if there's none; the message contains allauth's version.
    """
    parts = name.split(".")
    for number in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:number]))
        except ImportError:
            continue
        for part in parts[number:]:
            found = getattr(found, part, None)
        if found is not None:
            return found
        break
    raise AssertionError(f"django-allauth {allauth.__version__} has no {name} any more")


@pytest.mark.parametrize(
    ("name", "expected"),
    [row[:2] for row in filter(is_for_this_version, RELIED_ON)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_internals_we_rely_on_exist(name, expected):
    found = find(name)
    if isinstance(expected, type):
        assert isinstance(found, expected), f"django-allauth {allauth.__version__}: {name}"
        return
    parameters = inspect.signature(found).parameters
    missing = set(expected) - set(parameters)
    assert not missing, f"{name} of django-allauth {allauth.__version__} takes no {missing}"
    more = [
        parameter.name
        for parameter in parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and parameter.name not in {"self", *expected}
    ]
    assert not more, f"{name} of django-allauth {allauth.__version__} asks for {more}, too"


@pytest.mark.parametrize(
    ("attribute", "name"), [row[:2] for row in filter(is_for_this_version, ATTRIBUTES)]
)
def test_attributes_we_read_are_set(attribute, name):
    assert f".{attribute} = " in inspect.getsource(find(name)), (
        f"{name} of django-allauth {allauth.__version__} does not set {attribute} any more"
    )


def imports(path: Path) -> set[str]:
    """Return the dotted names that a module of the portal imports from allauth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allauth"):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("allauth")}
    return found


def is_internal(name: str) -> bool:
    return any(part == "internal" or part.startswith("_") for part in name.split("."))


def test_every_import_of_the_module_is_listed():
    watched = [row[0] for row in RELIED_ON]
    for name in imports(THE_MODULE):
        assert any(row == name or row.startswith(f"{name}.") for row in watched), name


def test_other_modules_import_no_internals():
    for path in PACKAGE.rglob("*.py"):
        if path != THE_MODULE:
            assert not list(filter(is_internal, imports(path))), path


def own_classes():
    """Return the classes of the sign-in package without those of ``allauth_internals``."""
    for info in walk_packages(signin.__path__, f"{signin.__name__}."):
        if info.name.endswith(".reauthentication") and not is_for_this_version(("65.22",)):
            continue
        for cls in vars(importlib.import_module(info.name)).values():
            if inspect.isclass(cls) and cls.__module__ == info.name != allauth_internals.__name__:
                yield cls


def test_other_classes_override_no_private_methods_of_allauth():
    for cls in own_classes():
        theirs = [base for base in cls.__mro__ if base.__module__.startswith("allauth")]
        for name in vars(cls):
            if name.startswith("_") and not name.startswith("__"):
                assert not any(name in vars(base) for base in theirs), f"{cls}: {name}"


def test_other_modules_read_no_private_attributes_of_allauth():
    """Names that begin with an underscore must be defined in the portal itself."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    own = {"_meta", "_state"}
    for path, tree in trees.items():
        if path != THE_MODULE:
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    own.add(node.name)
                elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                    own.add(node.id if isinstance(node, ast.Name) else node.attr)
    for path in (PACKAGE / "signin").rglob("*.py"):
        if path != THE_MODULE:
            for node in ast.walk(trees[path]):
                if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                    assert node.attr in own or node.attr.startswith("__"), f"{path}: {node.attr}"
