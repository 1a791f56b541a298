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
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import MailController, claim_port

ROOT = Path(__file__).parents[2]
#: Seconds; generous, because nothing waits for it but a failure.
TIMEOUT = 60


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


@pytest.fixture(scope="package")
def mailbox():
    """A real SMTP server; ``mailbox.take(address)`` waits for a mail."""
    handler = Mailbox()
    with claim_port() as claim:
        controller = MailController(handler, claim)
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


def run_python(environment: dict[str, str], code: str) -> None:
    """Run code within the example site that must work."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def serve(folder: Path, listener: socket.socket, environment: dict[str, str]):
    """Run the server of the example site on a socket that listens already; gives its address.

    Whoever asks before the server is up waits for it, as the system keeps their connection.
    """
    command = [sys.executable, "-m", "tests.browser.site_server", str(listener.fileno())]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )
    # The server's alone: with it gone, connections are refused.
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(TIMEOUT)


@pytest.fixture(scope="package")
def site_url(demo_folder, tmp_path_factory, mailbox):
    """The address of the example site, on a server of its own."""
    folder = tmp_path_factory.mktemp("served") / "var"
    shutil.copytree(demo_folder, folder)
    listener = socket.create_server(("127.0.0.1", 0))
    environment = environment_of(folder, listener.getsockname()[1], mailbox.port)
    with serve(folder, listener, environment) as url:
        yield url


# Not for longer than the browser tests last: while Playwright runs, Django refuses to use a
# database in the same thread.
@pytest.fixture(scope="package")
def chromium(chromium_path):
    """One Chromium for all browser tests; each person gets a context of their own."""
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
