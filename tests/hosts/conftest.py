"""Two hosts of the example site behind one name, and the people who use it."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from uuid import uuid4

import pytest
import redis
import requests

from tests.demo_folder import FOREIGN
from tests.mailbox import CODE, Mailbox, open_mailbox, text_of
from tests.serving import TIMEOUT, serve

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")


@dataclass
class Hosts:
    """The URL of each host, and the mailbox that both send to."""

    urls: list[str]
    mailbox: Mailbox


class Browser:
    """A browser behind a load balancer that sends each request to the other host."""

    def __init__(self, hosts: Hosts):
        self.hosts, self.turn = hosts, 0
        self.session = requests.Session()

    def request(self, method: str, path: str, *, host: int | None = None, **options):
        """Send a request and return the response. Redirects aren't followed.

        :param host: the index of the host, if the other one mustn't get it.
        """
        self.turn = 1 - self.turn if host is None else host
        headers = {
            # To both hosts, the site has the same name.
            "Host": self.hosts.urls[0].removeprefix("http://"),
            "X-CSRFToken": self.session.cookies.get("csrftoken", ""),
            **options.pop("headers", {}),
        }
        return self.session.request(
            method,
            self.hosts.urls[self.turn] + path,
            headers=headers,
            allow_redirects=False,
            timeout=TIMEOUT,
            **options,
        )

    def get(self, path: str, **options) -> str:
        """Return the HTML of a page."""
        response = self.request("GET", path, **options)
        assert response.status_code == 200, (path, response.status_code)
        return response.text

    def post(self, path: str, data: dict, **options) -> str:
        """Submit a form and return where it leads."""
        response = self.request("POST", path, data=data, **options)
        assert response.status_code == 302, (path, response.status_code, response.text)
        return response.headers["Location"]


def reachable_redis() -> redis.Redis | None:
    """Return a client if there is a Redis server."""
    client = redis.Redis.from_url(REDIS_URL, socket_timeout=5)
    try:
        client.ping()
    except redis.exceptions.RedisError:
        return None
    return client


@pytest.fixture(scope="package")
def hosts(demo_folder, tmp_path_factory) -> Iterator[Hosts]:
    """Two processes that share everything a site has: the database, the cache and the storage."""
    base = tmp_path_factory.mktemp("hosts")
    folder = base / "var"
    shutil.copytree(demo_folder, folder)
    listeners = [socket.create_server(("127.0.0.1", 0)) for _number in range(2)]
    client, prefix = reachable_redis(), f"test-{uuid4()}"
    environment = {
        **{key: value for key, value in os.environ.items() if key not in FOREIGN},
        "DJANGO_SETTINGS_MODULE": "tests.hosts.site_settings",
        "EXAMPLE_SITE_VAR": str(folder),
        "EXAMPLE_SITE_PORT": str(listeners[0].getsockname()[1]),
        "REDIS_URL": REDIS_URL if client else "",
        "CACHE_PREFIX": prefix,
    }
    with ExitStack() as stack:
        mailbox = stack.enter_context(open_mailbox())
        environment |= {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(mailbox.port)}
        urls = []
        for number, listener in enumerate(listeners):
            log = base / str(number)
            log.mkdir()
            urls.append(stack.enter_context(serve(log, listener, environment)))
        yield Hosts(urls, mailbox)
    if client:
        for key in client.scan_iter(f"{prefix}:*"):
            client.delete(key)
        client.close()


@pytest.fixture(scope="package")
def open_browser(hosts) -> Iterator[Callable[[], Browser]]:
    """Return ``open_browser()``, which opens another person's browser."""
    with ExitStack() as stack:

        def opened() -> Browser:
            browser = Browser(hosts)
            stack.enter_context(browser.session)
            return browser

        yield opened


@pytest.fixture(scope="package")
def customer(open_browser) -> Browser:
    """A customer who requested a code from one host and entered it on the other."""
    browser, email = open_browser(), "ilse@brightwater.example"
    browser.get("/accounts/login/")
    confirm = browser.post("/accounts/login/?next=/support/", {"login": email})
    code = CODE.search(text_of(browser.hosts.mailbox.take(email))).group()
    assert browser.post(confirm, {"code": code, "action": "verify"}) == "/support/"
    return browser


@pytest.fixture(scope="package")
def staff(open_browser) -> Callable[[str], Browser]:
    """Return ``staff(username)``, the browser of a user who is signed in to the admin."""

    @cache
    def signed_in(username: str) -> Browser:
        browser = open_browser()
        browser.get("/admin/login/")
        browser.post("/admin/login/", {"username": username, "password": "millrace"})
        return browser

    return signed_in
