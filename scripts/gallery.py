"""Take a screenshot of every page: desktop and phone, light and dark, English and Arabic.

There is also a look for the narrowest screens, in German, where labels are long.

    make gallery            all of them, in gallery/
    make gallery ARGS="--only list --only ticket --looks phone-dark-en"
    make gallery ARGS=--docs    the pictures of the documentation, in docs/screenshots/

Starts the example site with its demo data on a free port and in a temporary folder, signs in as the
demo's users, and writes PNG files and an ``index.html`` that shows them side by side.
"""

import argparse
import html
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120
CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")
CUSTOMER, AGENT, EDITOR, PASSWORD = "maren@brightwater.example", "petra", "milo", "millrace"

#: By name: (viewport, color scheme, language)
LOOKS = {
    f"{size}-{scheme}-{language}": (viewport, scheme, language)
    for size, viewport in {"desktop": (1280, 900), "phone": (390, 844)}.items()
    for scheme in ("light", "dark")
    for language in ("en", "ar")
}
# Where labels are longest, and there's the least room for them.
LOOKS["narrow-light-de"] = ((320, 640), "light", "de")

#: The pages of each kind of user. "first" stands for the first ticket of the list.
VISITOR = {
    "sign-in": "/accounts/login/",
    "form-for-anyone": "/support/contact/",
}
MEMBER = {
    "list": "/support/",
    "list-filters": "/support/?tab=all&f-severity=minor",
    "list-search": "/support/?q=runner",
    "list-nothing": "/support/?q=zebrafish",
    "new": "/support/new/",
    "form": "/support/problem/",
    "ticket": "first",
    "followers": "first followers/",
    "organization": "/support/organization/",
    "members": "/support/members/",
    "profile": "/support/profile/",
}
TEAM = {
    "desk-home": "/admin/",
    "desk-list": "/admin/snippets/wagtail_portal/ticket/",
    "desk-ticket": "first",
    "desk-new": "/admin/snippets/wagtail_portal/ticket/open/",
    "desk-report": "/admin/portal/report/",
    "desk-members": "/admin/snippets/wagtail_portal/member/",
    "desk-organizations": "/admin/snippets/wagtail_portal/organization/",
    "desk-import": "/admin/portal/import/members/",
    "desk-fields": "/admin/snippets/wagtail_portal/ticketfield/",
    "desk-emails": "/admin/snippets/wagtail_portal/notification/",
    "desk-settings": "/admin/settings/wagtail_portal/portalsettings/",
}
EDITORS = {"form-editor": "edit Report a problem"}
#: The pictures of the documentation: file to page. Those of the second look have a prefix.
DOCS = {
    "ticket-list": "list",
    "ticket": "ticket",
    "form": "form",
    "members": "members",
    "desk-inbox": "desk-list",
    "desk-ticket": "desk-ticket",
    "form-editor": "form-editor",
}
BOOTSTRAP_DOCS = {"bootstrap-list": "list", "bootstrap-sign-in": "sign-in"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment_of(folder: Path, port: int, settings: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return kept | {
        "DJANGO_SETTINGS_MODULE": f"example_site.settings.{settings}",
        "EXAMPLE_SITE_VAR": str(folder),
        "EXAMPLE_SITE_PORT": str(port),
    }


MANAGE = [sys.executable, str(ROOT / "example_site" / "manage.py")]


def load(folder: Path, port: int) -> None:
    """Load the demo data."""
    environment = environment_of(folder, port, "gallery")
    for command in (["migrate", "-v0"], ["load_demo"]):
        subprocess.run([*MANAGE, *command], env=environment, cwd=ROOT, check=True)


def start(folder: Path, port: int, settings: str = "gallery") -> subprocess.Popen:
    """Start the example site and return the server once it responds."""
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*MANAGE, "runserver", "--noreload", f"127.0.0.1:{port}"],
            env=environment_of(folder, port, settings),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)
            return server
        except urllib.error.URLError:
            time.sleep(0.2)
    sys.exit("The example site doesn't respond: " + (folder / "server.log").read_text()[-2000:])


def sign_in(page):
    """Sign in as the demo's customer with the code from the page with the emails."""
    page.goto("/accounts/login/?next=/support/")
    page.locator("input[type=email]").fill(CUSTOMER)
    page.locator("form:has(input[type=email]) button").first.click()
    page.wait_for_load_state()
    other = page.context.new_page()
    # The email is sent after the response.
    for _attempt in range(PATIENCE):
        other.goto("/dev/emails/")
        if found := CODE.search(other.locator("body").inner_text()):
            break
        other.wait_for_timeout(1000)
    code = found.group()
    other.close()
    page.locator("input[autocomplete=one-time-code]").fill(code)
    page.locator("form:has(input[autocomplete=one-time-code]) button").first.click()
    page.wait_for_url("**/support/")


def sign_in_to_admin(page, username: str):
    page.goto("/admin/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").click()
    page.wait_for_url("**/admin/")


class Camera:
    """Takes the screenshots of one run, named after the page and the look."""

    #: Where a member's ticket comes from, and the place of the team's in its list.
    member_list, team_place = "/support/", 0

    def __init__(self, folder: Path, only: list[str]):
        self.folder, self.only, self.taken = folder, only, []

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only

    def shoot(self, page, name: str, look: str):
        page.wait_for_load_state("networkidle")
        file = self.folder / f"{name}-{look}.png"
        page.screenshot(path=file, full_page=True)
        self.taken.append((name, look, file.name))
        print(file.relative_to(self.folder.parent), flush=True)

    def open(self, page, address: str, first: str):
        """Open a page; ``first`` replaces "first" in its address."""
        kind, _space, rest = address.partition(" ")
        if kind == "edit":
            page.goto(f"/admin/pages/search/?q={rest}")
            links = page.locator("a[href*='/admin/pages/'][href$='/edit/']")
            address = links.first.get_attribute("href")
        page.goto(first + rest if kind == "first" else address)

    def walk(self, page, pages: dict[str, str], look: str, first: str):
        """Take a screenshot of each page."""
        for name, address in pages.items():
            if self.wants(name):
                self.open(page, address, first)
                self.shoot(page, name, look)

    def index(self):
        """Write an HTML page with all screenshots, one row per page of the portal."""
        rows = {}
        for name, look, file in self.taken:
            rows.setdefault(name, []).append((look, file))
        parts = ["<!doctype html><meta charset=utf-8><title>Gallery</title>"]
        for name, pictures in rows.items():
            parts.append(f"<h2>{html.escape(name)}</h2>")
            for look, file in pictures:
                parts.append(
                    f'<figure><a href="{file}"><img src="{file}" width="320" alt=""></a>'
                    f"<figcaption>{html.escape(look)}</figcaption></figure>"
                )
        (self.folder / "index.html").write_text("\n".join(parts), encoding="utf-8")


class DocsCamera(Camera):
    """Takes the pictures of the documentation: what fits a screen, compressed."""

    # Tickets with answers.
    member_list, team_place = "/support/?tab=needs-reply", 2

    def __init__(self, files: dict[str, str]):
        super().__init__(ROOT / "docs" / "screenshots", list(files.values()))
        self.files = {name: file for file, name in files.items()}

    def shoot(self, page, name: str, look: str):
        page.wait_for_load_state("networkidle")
        page.evaluate("scrollTo(0, 0)")
        file = self.folder / f"{self.files[name]}.webp"
        Image.open(io.BytesIO(page.screenshot())).save(file, quality=82, method=6)
        print(file.relative_to(ROOT), flush=True)


def visit(browser, base: str, camera: Camera, look: str):
    viewport, scheme, language = LOOKS[look]
    options = {
        "base_url": base,
        "viewport": {"width": viewport[0], "height": viewport[1]},
        "color_scheme": scheme,
        "locale": language,
    }
    with browser.new_context(**options) as context:
        page = context.new_page()
        camera.walk(page, VISITOR, look, "")
        if any(camera.wants(name) for name in MEMBER):
            sign_in(page)
            page.goto(camera.member_list)
            links = page.locator("main a[href*='/tickets/']")
            first = links.first.get_attribute("href")
            camera.walk(page, MEMBER, look, first)
    for username, pages in ((AGENT, TEAM), (EDITOR, EDITORS)):
        if not any(camera.wants(name) for name in pages):
            continue
        with browser.new_context(**options) as context:
            page = context.new_page()
            sign_in_to_admin(page, username)
            first = ""
            if pages is TEAM:
                page.goto(TEAM["desk-list"])
                links = page.locator("td.title a")
                first = links.nth(camera.team_place).get_attribute("href")
            camera.walk(page, pages, look, first)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "gallery")
    parser.add_argument("--only", action="append", default=[], help="a page; can be repeated")
    parser.add_argument("--looks", action="append", choices=LOOKS, help="a look; can be repeated")
    parser.add_argument("--url", help="a running server with the demo data")
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("--docs", action="store_true", help="the documentation's pictures")
    options = parser.parse_args()
    if options.docs:
        runs = [
            ("gallery", DocsCamera(DOCS), ["desktop-light-en"]),
            ("bootstrap", DocsCamera(BOOTSTRAP_DOCS), ["desktop-light-en"]),
        ]
    else:
        options.out.mkdir(parents=True, exist_ok=True)
        camera = Camera(options.out.resolve(), options.only)
        runs = [("gallery", camera, options.looks or LOOKS)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        if not options.url:
            load(Path(folder), port := free_port())
        browser = playwright.chromium.launch(
            executable_path=options.chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for settings, camera, looks in runs:
            server = None if options.url else start(Path(folder), port, settings)
            try:
                for look in looks:
                    visit(browser, options.url or f"http://localhost:{port}", camera, look)
            finally:
                if server:
                    server.terminate()
                    server.wait()
        browser.close()
    if not options.docs:
        camera.index()


if __name__ == "__main__":
    main()
