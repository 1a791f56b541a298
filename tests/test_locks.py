"""The lock files contain exact, hashed versions of everything that pyproject.toml requires."""

import importlib
import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings
from packaging.requirements import Requirement

ROOT = settings.TESTS_DIR.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

each_lock = pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)


def pinned(path) -> list[str]:
    """Return the requirements of a lock file, each with its hashes on one line."""
    text = path.read_text(encoding="utf-8").replace("\\\n", "")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def locked_version(name: str, package: str, python: str) -> str:
    """Return the version that a lock file installs with a Python version."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    for line in pinned(ROOT / "requirements" / f"{name}.txt"):
        requirement = Requirement(line.partition(" --hash")[0])
        marker = requirement.marker
        if requirement.name == package and (not marker or marker.evaluate(environment)):
            return str(requirement.specifier).removeprefix("==")
    raise AssertionError(f"{package} is not in {name}.txt for Python {python}")


@pytest.fixture
def script(monkeypatch):
    """Return ``script(name)``, which imports a module of scripts/."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module


@pytest.fixture
def check_project(tmp_path):
    """Return ``check_project(old, new)``, which checks the locks after a change to the project."""

    def check(old, new):
        for folder in ("scripts", "requirements"):
            shutil.copytree(ROOT / folder, tmp_path / folder)
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        assert old in project
        (tmp_path / "pyproject.toml").write_text(project.replace(old, new, 1), encoding="utf-8")
        command = [sys.executable, tmp_path / "scripts" / "check_locks.py"]
        return subprocess.run(command, capture_output=True, text=True)

    return check


@each_lock
def test_every_version_is_exact_and_hashed(path):
    assert pinned(path)
    for line in pinned(path):
        assert re.match(r"^[a-z0-9.-]+==[^\s*]+( ; [^#]+?)? +--hash=sha256:[0-9a-f]{64}", line), (
            line
        )


@each_lock
def test_locks_name_no_machine_and_no_package_index(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|--index|--find-links| @ |^/|\.\./", text, re.MULTILINE)


def test_locks_satisfy_the_project(check_project):
    result = check_project("", "")
    assert (result.returncode, result.stdout) == (0, "")


def test_unlocked_dependency_fails_with_a_sentence(check_project):
    result = check_project("dependencies = [\n", 'dependencies = [\n    "httpx>=0.28",\n')
    assert result.returncode == 1
    expected = "requirements/demo.txt doesn't lock httpx>=0.28, which pyproject.toml asks for."
    assert expected in result.stdout
    assert "Run `make lock`" in result.stdout


def test_removed_dependency_fails_with_a_sentence(check_project):
    result = check_project('"whitenoise>=6.12"', '"whitenoise>=7"')
    assert result.returncode == 1
    expected = "requirements/test.txt locks whitenoise>=6.12, which pyproject.toml doesn't ask for."
    assert expected in result.stdout


@pytest.mark.parametrize(
    ("lock", "python", "django", "wagtail"),
    [
        ("oldest", "3.11", "5.2.", "7.4."),
        ("middle", "3.12", "6.0.", "7.4."),
        ("test", "3.11", "5.2.", "8."),
        ("test", "3.12", "6.1.", "8."),
        ("test", "3.13", "6.1.", "8."),
    ],
)
def test_locks_span_the_supported_versions(lock, python, django, wagtail):
    assert locked_version(lock, "django", python).startswith(django)
    assert locked_version(lock, "wagtail", python).startswith(wagtail)


def test_demo_lock_contains_no_test_dependencies():
    names = {line.partition("==")[0] for line in pinned(ROOT / "requirements" / "demo.txt")}
    assert not names & {"pytest", "playwright", "hypothesis", "ruff", "uv", "psycopg"}


def test_oldest_lock_follows_the_lower_bounds(script):
    oldest_series = script("oldest_versions").oldest_series
    assert oldest_series(["wagtail>=7.4", "django-allauth>=65.21.1, !=65.22.0"]) == [
        "wagtail==7.4.*",
        "django-allauth==65.21.1.*",
    ]


@pytest.mark.parametrize("requirement", ["wagtail", "wagtail>=7.4,<9", "wagtail==7.4"])
def test_dependency_without_a_lower_bound_has_no_oldest_version(script, requirement):
    with pytest.raises(SystemExit, match=r"has no plain lower bound"):
        script("oldest_versions").oldest_series([requirement])


def test_locking_reports_what_changed(script):
    before = "django==5.2.18 ; python_full_version < '3.12' \\\ndjango==6.1.2\nold==1\nsame==2\n"
    after = "django==5.2.19 ; python_full_version < '3.12' \\\ndjango==6.1.2\nnew==3\nsame==2\n"
    assert script("lock").changes(before, after) == [
        "django 5.2.18, 6.1.2 → 5.2.19, 6.1.2",
        "new 3 added",
        "old 1 removed",
    ]
    assert script("lock").changes(after, after) == []
