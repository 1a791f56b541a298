"""The demo with several web processes and workers, on loopback and with a database of its own."""

import gc
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from tests.http_browser import Browser
from tests.mailbox import Mailbox, open_mailbox

ROOT = Path(__file__).resolve().parents[1]
#: Members who can write, by email address.
CUSTOMERS = [
    "maren@brightwater.example",
    "ilse@brightwater.example",
    "jakub@brightwater.example",
    "dervla@brightwater.example",
    "katarina@northgate-freight.example",
    "musa@northgate-freight.example",
    "anke@lindenhof.example",
    "ingrid@skarv-energy.example",
]


@dataclass
class RunningSite:
    """A site whose processes are running. Django is set up for its database."""

    url: str
    mailbox: Mailbox
    nursery: subprocess.Popen
    #: The kind of each process by its ID.
    running: dict[int, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self) -> None:
        """Note which processes are running."""
        for line in self.nursery.stdout:
            match line.split():
                case ["started", kind, pid]:
                    with self.lock:
                        self.running[int(pid)] = kind

    def customers(self, number: int) -> list[Browser]:
        """Return the browsers of customers who are signed in."""
        browsers = []
        for place in range(number):
            browser = Browser([self.url])
            browser.sign_in_with_code(CUSTOMERS[place % len(CUSTOMERS)], self.mailbox)
            browsers.append(browser)
        return browsers

    def stop(self) -> None:
        """End all processes. Nothing is finished, as in a power failure."""
        self.nursery.terminate()
        self.nursery.wait(60)


@contextmanager
def own_database() -> Iterator[None]:
    """Create a database beside the one that ``DATABASE_URL`` names, on the same PostgreSQL server.
    Without the variable, the site uses SQLite."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        yield
        return
    import psycopg

    name = f"portal_benchmark_{os.getpid()}"
    server = urlsplit(url)
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        os.environ["DATABASE_URL"] = server._replace(path=f"/{name}").geturl()
        try:
            yield
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def load() -> None:
    """Fill the database with a little demo data."""
    gc.disable()
    from django.core.management import call_command
    from django.db import connections
    from django.utils import timezone

    from example_site.demo import load as demo

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    demo.load(
        timezone.now(), hostname="localhost", port=int(os.environ["EXAMPLE_SITE_PORT"]), small=True
    )
    connections.close_all()
    gc.enable()


@contextmanager
def running_site(*, web: int, workers: int) -> Iterator[RunningSite]:
    """Load the demo into a folder and a database that are deleted afterwards, and run it.

    :param web: the number of web processes.
    :param workers: the number of ``portal_worker`` processes, and of ``db_worker`` processes if
        ``django-tasks-db`` is installed.
    """
    with ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="portal-benchmark-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        mailbox = stack.enter_context(open_mailbox())
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        port = listener.getsockname()[1]
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.site_settings",
            "EXAMPLE_SITE_VAR": folder,
            "EXAMPLE_SITE_PORT": str(port),
            "EMAIL_PORT": str(mailbox.port),
        }
        stack.enter_context(own_database())
        import django

        django.setup()
        print("Loading the demo…", flush=True)
        load()
        kinds = ["web"] * web + ["portal_worker"] * workers
        if find_spec("django_tasks_db"):
            kinds += ["db_worker"] * workers
        nursery = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "benchmarks.processes", str(listener.fileno()), *kinds],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[listener.fileno()],
        )
        site = RunningSite(f"http://localhost:{port}", mailbox, nursery)
        stack.callback(site.stop)
        threading.Thread(target=site.follow, daemon=True).start()
        print("Processes:", ", ".join(kinds), flush=True)
        yield site
