"""A real server of the example site, a real SMTP server on loopback, and a real Chromium."""

import email
import email.policy
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.demo_folder import MANAGE

ROOT = Path(__file__).parents[2]
#: Seconds; generous, because nothing waits for it but a failure.
TIMEOUT = 60


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Mailbox:
    """Takes every mail, and lets a test wait for one."""

    def __init__(self):
        self.messages = []
        self.arrived = threading.Condition()

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self.arrived:
            self.messages.append(message)
            self.arrived.notify_all()
        return "250 OK"

    def take(self, to: str, subject: str = ""):
        """The next mail to an address whose subject holds ``subject``; it is taken out."""

        def matching():
            return [
                message
                for message in self.messages
                if to in message["To"] and subject in message["Subject"]
            ]

        with self.arrived:
            found = self.arrived.wait_for(matching, timeout=TIMEOUT)
            assert found, f"no mail to {to} about “{subject}”"
            self.messages.remove(found[0])
            return found[0]


@pytest.fixture(scope="session")
def mailbox():
    """A real SMTP server; ``mailbox.take(address)`` waits for a mail."""
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


def environment_of(folder: Path, port: int, smtp_port: int) -> dict[str, str]:
    """The variables of a process of the example site."""
    return {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        "DJANGO_SETTINGS_MODULE": "example_site.settings.gallery",
        "EXAMPLE_SITE_VAR": str(folder),
        "EXAMPLE_SITE_PORT": str(port),
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_port),
    }


def manage(environment: dict[str, str], *command: str) -> None:
    """Run a command of the example site that must work."""
    done = subprocess.run(
        [sys.executable, str(MANAGE), *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _wait_until_it_answers(url: str, process) -> None:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has stopped"
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own server
            return
        except urllib.error.URLError:
            threading.Event().wait(0.1)
    raise AssertionError("the server does not answer")


@contextmanager
def serve(folder: Path, port: int, environment: dict[str, str]):
    """Run the server of the example site; gives its address."""
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(MANAGE), "runserver", "--noreload", f"127.0.0.1:{port}"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://localhost:{port}"
    try:
        _wait_until_it_answers(f"{url}/", process)
        yield url
    finally:
        process.terminate()
        process.wait(TIMEOUT)


@pytest.fixture(scope="session")
def site_port():
    """The port that addresses of the example site name."""
    return free_port()


@pytest.fixture(scope="session")
def site_url(demo_folder, site_port, tmp_path_factory, mailbox):
    """The address of the example site, on a server of its own."""
    folder = tmp_path_factory.mktemp("served") / "var"
    shutil.copytree(demo_folder, folder)
    environment = environment_of(folder, site_port, mailbox.port)
    # Addresses in mails name this port now.
    manage(environment, "load_demo", "-v0")
    with serve(folder, site_port, environment) as url:
        yield url


@pytest.fixture(scope="session")
def chromium(chromium_path):
    """One Chromium for all tests; each person gets a context of their own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


#: What browsers themselves say about answers that are not 2xx where that is as it should be.
EXPECTED = re.compile(r"favicon|/uploads/")


class People:
    """Everybody with a browser of their own, and what their consoles complained about: errors of
    scripts, and everything that the Content-Security-Policy refused."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url
        self.contexts, self.complaints = [], []

    def enter(self, *, is_kept_out: bool = False, **options):
        """The page of somebody new; ``options`` are those of a browser context.

        :param is_kept_out: whether they get pages that say so, of which browsers complain.
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
        if message.type == "error" and not EXPECTED.search(str(message.location)):
            self.complaints.append(f"{message.text} ({page.url})")

    def leave(self):
        """Close all, and fail if there were complaints."""
        for context in self.contexts:
            context.close()
        assert not self.complaints


@pytest.fixture
def person(chromium, site_url):
    """``person(**options)``: the page of somebody with a browser of their own."""
    people = People(chromium, site_url)
    yield people.enter
    people.leave()


def pytest_terminal_summary(terminalreporter):
    """Print what pages weigh, which the tests measured."""
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get(
        "failed", []
    ):
        for name, value in report.user_properties:
            if name == "weight":
                terminalreporter.write_line(f"Weight of {value}")
