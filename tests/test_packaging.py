"""The wheel contains everything needed at run time and nothing that's only for tests."""

import email
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

import wagtail_portal

ROOT = settings.TESTS_DIR.parent
PACKAGE = ROOT / "wagtail_portal"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as an installer builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from flit_core.buildapi import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, check=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel):
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(path))


def files_below(folder: Path):
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


@pytest.mark.parametrize(
    "folder", ["templates", "static", "migrations", "pages/migrations", "locale"]
)
def test_wheel_contains(wheel, folder):
    files = files_below(PACKAGE / folder)
    assert files
    assert files <= set(wheel.namelist())


def test_wheel_contains_only_the_package(wheel):
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == files_below(PACKAGE)


def test_wheel_contains_the_license(wheel):
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel.namelist())


def test_wheel_has_the_packages_version(metadata):
    assert metadata["Version"] == wagtail_portal.__version__


def test_changelog_contains_the_version():
    headings = re.findall(
        r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[0] == "Unreleased"
    if ".dev" not in wagtail_portal.__version__:
        assert headings[1] == wagtail_portal.__version__


def test_changes_are_named_so_that_they_are_found_at_a_release():
    with (ROOT / "pyproject.toml").open("rb") as file:
        types = tomllib.load(file)["tool"]["towncrier"]["type"]
    kinds = "|".join(one["directory"] for one in types)
    for path in (ROOT / "docs" / "changelog.d").iterdir():
        assert path.name == ".gitignore" or re.fullmatch(
            rf"(\d+|\+[\w-]+)\.({kinds})\.md", path.name
        ), path


def test_dependencies_have_lower_but_no_upper_bounds(metadata):
    # A broken release may be excluded by number: "!=65.22.0".
    for requirement in metadata.get_all("Requires-Dist"):
        specifier = requirement.partition(";")[0]
        assert ">=" in specifier, requirement
        assert not re.search(r"<|==|~=", specifier), requirement


def test_metadata_lists_supported_versions(metadata):
    classifiers = metadata.get_all("Classifier")
    supported = {
        "Programming Language :: Python": ["3.11", "3.12", "3.13"],
        "Framework :: Django": ["5.2", "6.0", "6.1"],
        "Framework :: Wagtail": ["7", "8"],
    }
    for name, versions in supported.items():
        for version in versions:
            assert f"{name} :: {version}" in classifiers
    assert metadata["Requires-Python"] == ">=3.11"
