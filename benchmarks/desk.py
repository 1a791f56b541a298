"""How much it takes to answer a ticket, and to triage twenty from the keyboard alone.

    python -m benchmarks.desk

Runs the demo on loopback, in a folder that's deleted afterwards, and works in it like an agent, in
Chromium. Prints how many documents the browser requested, how many requests scripts sent, and
how many keys were pressed, not counting the text of the reply. It fails above the limits.
"""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.demo_folder import FOREIGN, load_demo
from tests.serving import serve

INBOX = "/admin/snippets/wagtail_portal/ticket/"
WAITING = f"{INBOX}view/waiting-on-us/"
TICKETS = 20
#: Documents and keys for one answer, and documents for all tickets that are triaged.
ANSWER_DOCUMENTS, ANSWER_KEYS, TRIAGE_DOCUMENTS = 2, 6, 25


@dataclass
class Count:
    """What an agent's work took."""

    documents: int = 0
    scripts: int = 0
    keys: int = 0

    def __str__(self):
        return f"{self.documents} documents, {self.scripts} requests of scripts, {self.keys} keys"


class Agent:
    """An agent at a browser."""

    def __init__(self, page, url: str):
        self.page, self.url, self.count = page, url, Count()
        page.on("request", self.note)
        page.goto(f"{url}/admin/login/")
        page.fill("[name=username]", "hanna")
        page.fill("[name=password]", "millrace")
        page.click("button[type=submit]")
        page.wait_for_url("**/admin/")

    def note(self, request) -> None:
        """Count a request. A redirect is one of its own."""
        if request.resource_type == "document":
            self.count.documents += 1
        # Open tickets ask for what's new all the time.
        elif request.resource_type == "fetch" and "/updates/" not in request.url:
            self.count.scripts += 1

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.count.keys += 1
            self.page.keyboard.press(key)

    def open_first(self, path: str) -> None:
        """Open the first ticket of a list with the keyboard."""
        self.page.goto(self.url + path)
        self.press("j")
        self.page.locator("td.title a:focus").wait_for()
        with self.page.expect_navigation():
            self.press("Enter")
        self.wait()

    def wait(self) -> None:
        """Wait until the keyboard shortcuts of a ticket work."""
        self.page.wait_for_load_state("load")

    def choose(self, shortcut: str, select: str, key: str) -> None:
        """Go to a field with its shortcut, and choose an option by its first letter."""
        self.press(shortcut)
        self.page.locator(f"#{select}:focus").wait_for()
        before = self.page.locator(f"#{select}").input_value()
        with self.page.expect_response(lambda response: "/save/" in response.url):
            self.press(key)
        if self.page.locator(f"#{select}").input_value() == before:
            sys.exit(f"{shortcut} and {key} didn't change the ticket.")


def answer(agent: Agent) -> Count:
    """Answer a ticket with another status, assignee and urgency, and go to the next one.

    The status is the one that's suggested after a reply.
    """
    # Where an agent goes after sending is remembered.
    agent.page.locator("#then-reply").select_option("next")
    page, first = agent.page, agent.page.url
    agent.count = Count()
    status = page.locator("#id_status-status").input_value()
    if page.locator("#id_reply-status").input_value() == status:
        sys.exit("The reply wouldn't change the status.")
    agent.choose("u", "id_fields-urgency", "l")
    agent.press("Escape", "r")
    page.locator("[name=reply-body]:focus").wait_for()
    page.keyboard.type("We have found the cause.")
    # Replying to a ticket that no one is assigned to assigns it.
    with page.expect_navigation():
        agent.press("Control+Enter")
    agent.wait()
    if page.url.partition("?")[0] == first.partition("?")[0]:
        sys.exit("This isn't the next ticket.")
    return agent.count


def triage(agent: Agent) -> Count:
    """Set the urgency of tickets from the keyboard alone."""
    agent.count = Count()
    agent.open_first(INBOX)
    for number in range(TICKETS):
        current = agent.page.locator("#id_fields-urgency").input_value()
        agent.choose("u", "id_fields-urgency", "l" if current != "low" else "h")
        agent.press("Escape")
        if number < TICKETS - 1:
            with agent.page.expect_navigation():
                agent.press("n")
            agent.wait()
    return agent.count


@contextmanager
def running_demo() -> Iterator[str]:
    """Load the demo and serve it, and yield its URL."""
    with tempfile.TemporaryDirectory(prefix="portal-benchmark-") as base:
        print("Loading the demo", flush=True)
        folder = load_demo(Path(base))
        listener = socket.create_server(("127.0.0.1", 0))
        environment = {
            **{name: value for name, value in os.environ.items() if name not in FOREIGN},
            "DJANGO_SETTINGS_MODULE": "example_site.settings.demo",
            "EXAMPLE_SITE_VAR": str(folder),
            "EXAMPLE_SITE_PORT": str(listener.getsockname()[1]),
        }
        with serve(folder, listener, environment) as url:
            yield url


def main() -> None:
    with running_demo() as url, sync_playwright() as playwright:
        path = shutil.which("chromium-headless-shell")
        browser = playwright.chromium.launch(executable_path=path)
        agent = Agent(browser.new_page(), url)
        agent.open_first(WAITING)
        answered = answer(agent)
        print(f"Answer one ticket and be on the next: {answered}")
        triaged = triage(agent)
        print(f"Triage {TICKETS} tickets: {triaged}")
        browser.close()
    if answered.documents > ANSWER_DOCUMENTS or answered.keys > ANSWER_KEYS:
        sys.exit("An answer takes too much.")
    if triaged.documents > TRIAGE_DOCUMENTS:
        sys.exit("Triage takes too many documents.")


if __name__ == "__main__":
    main()
