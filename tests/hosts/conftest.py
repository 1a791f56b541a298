"""Two hosts of the example site behind one name, and the people who use it."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import pytest
import redis

from tests.demo_folder import FOREIGN
from tests.http_browser import Browser
from tests.mailbox import Mailbox, open_mailbox
from tests.serving import serve

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")


@dataclass
class Hosts:
    """The URL of each host, and the mailbox that both send to."""

    urls: list[str]
    mailbox: Mailbox


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
    client = reachable_redis()
    environment = {
        **{key: value for key, value in os.environ.items() if key not in FOREIGN},
        "DJANGO_SETTINGS_MODULE": "tests.hosts.site_settings",
        "EXAMPLE_SITE_VAR": str(folder),
        "EXAMPLE_SITE_PORT": str(listeners[0].getsockname()[1]),
        "REDIS_URL": REDIS_URL if client else "",
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
        for key in client.scan_iter(f"{folder}:*"):
            client.delete(key)
        client.close()


@pytest.fixture(scope="package")
def open_browser(hosts) -> Iterator[Callable[[], Browser]]:
    """Return ``open_browser()``, which opens another person's browser."""
    with ExitStack() as stack:

        def opened() -> Browser:
            browser = Browser(hosts.urls)
            stack.enter_context(browser.session)
            return browser

        yield opened


@pytest.fixture(scope="package")
def customer(open_browser, hosts) -> Browser:
    """A customer who requested a code from one host and entered it on the other."""
    browser = open_browser()
    browser.sign_in_with_code("ilse@brightwater.example", hosts.mailbox)
    return browser


@pytest.fixture(scope="package")
def staff(open_browser) -> Callable[[str], Browser]:
    """Return ``staff(username)``, the browser of a user who is signed in to the admin."""

    @cache
    def signed_in(username: str) -> Browser:
        browser = open_browser()
        browser.sign_in_to_admin(username)
        return browser

    return signed_in
