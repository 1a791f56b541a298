"""Fixtures that run the example site, an SMTP server on loopback and Chromium."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mailbox import open_mailbox
from tests.serving import ROOT, TIMEOUT, serve


@pytest.fixture(scope="package")
def mailbox():
    """A real SMTP server; ``mailbox.take(address)`` waits for an email."""
    with open_mailbox() as opened:
        yield opened


def environment_of(folder: Path, port: int, smtp_port: int) -> dict[str, str]:
    """Return the environment variables for a process of the example site."""
    return {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        "DJANGO_SETTINGS_MODULE": "example_site.settings.gallery",
        "EXAMPLE_SITE_VAR": str(folder),
        "EXAMPLE_SITE_PORT": str(port),
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_port),
    }


def run_python(environment: dict[str, str], code: str) -> None:
    """Run code inside the example site and fail if it does."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="package")
def site_url(demo_folder, tmp_path_factory, mailbox):
    """The URL of the example site on its own server."""
    folder = tmp_path_factory.mktemp("served") / "var"
    shutil.copytree(demo_folder, folder)
    listener = socket.create_server(("127.0.0.1", 0))
    environment = environment_of(folder, listener.getsockname()[1], mailbox.port)
    with serve(folder, listener, environment) as url:
        yield url


# Package-scoped, because Django refuses to use a database in a thread where Playwright is running.
@pytest.fixture(scope="package")
def chromium(chromium_path):
    """One Chromium for all browser tests; each person gets their own browser context."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


#: Browsers log responses other than 2xx as errors, even where they're expected.
EXPECTED = re.compile(r"/uploads/")


class People:
    """Opens a separate browser context per person and collects console errors and
    Content-Security-Policy violations."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url
        self.contexts, self.complaints = [], []

    def enter(self, *, is_kept_out: bool = False, **options):
        """Return a page in a new browser context.

        :param is_kept_out: whether this person is expected to get 403 pages, which browsers log.
        :param options: the options of the browser context.
        """
        context = self.browser.new_context(base_url=self.url, **options)
        context.set_default_timeout(TIMEOUT * 1000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._listen(page, message, is_kept_out))
        return page

    def _listen(self, page, message, is_kept_out):
        if is_kept_out and "403 (Forbidden)" in message.text:
            return
        # A test has taken the browser offline. Scripts that ask for updates try again later.
        if "net::ERR_INTERNET_DISCONNECTED" in message.text:
            return
        if message.type == "error" and not EXPECTED.search(str(message.location)):
            self.complaints.append(f"{message.text} ({page.url})")

    def leave(self):
        """Close all contexts and fail if there were errors."""
        for context in self.contexts:
            context.close()
        assert not self.complaints


@pytest.fixture
def person(chromium, site_url):
    """Return ``person(**options)``, which opens a page in a new browser context."""
    people = People(chromium, site_url)
    yield people.enter
    people.leave()


def pytest_terminal_summary(terminalreporter):
    """Print the page weights that the tests measured."""
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get(
        "failed", []
    ):
        for name, value in report.user_properties:
            if name == "weight":
                terminalreporter.write_line(f"Weight of {value}")
