"""How many requests a site answers, and how fast, while several people use it at once.

    python -m benchmarks.load [--clients 8] [--processes 3] [--seconds 30]

Runs the demo with several web processes on loopback, on SQLite, or with ``DATABASE_URL`` in a
temporary database of the same PostgreSQL server. ``REDIS_URL`` is the server of the cache.
Prints the requests, their statuses, the CPU of the web processes, and the milliseconds within which
half of them and 95 per cent were answered. Fails if there was a response with status 5xx, or none.
"""

import argparse
import os
import random
import re
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from pathlib import Path

import requests

from benchmarks.running_site import running_site
from tests.http_browser import Browser


class Client(threading.Thread):
    """A customer who reads more than they write."""

    def __init__(self, browser: Browser, until: float, seed: int):
        super().__init__()
        self.browser, self.until = browser, until
        self.dice = random.Random(seed)  # noqa: S311
        self.times: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter = Counter()
        self.tickets: list[str] = []
        #: What the open page of a ticket knows already, by the ticket's number.
        self.tags: dict[str, str] = {}

    def run(self):
        listed = self.ask("list", "GET", "/support/")
        self.tickets = sorted(set(re.findall(r"/support/tickets/\d+/", listed.text)))
        kinds = [self.list, self.search, self.read, self.poll, self.reply, self.open]
        weights = [20, 10, 25, 35, 7, 3]
        while time.monotonic() < self.until:
            self.dice.choices(kinds, weights)[0]()

    def ask(self, kind: str, method: str, path: str, **options):
        """Send a request, and note how long it took and what came of it."""
        begin = time.perf_counter()
        try:
            response = self.browser.request(method, path, **options)
        except requests.RequestException as error:
            self.statuses[type(error).__name__] += 1
            return None
        self.times[kind].append(time.perf_counter() - begin)
        self.statuses[response.status_code] += 1
        return response

    def list(self):
        self.ask("list", "GET", "/support/" + self.dice.choice(["", "?tab=open", "?page=2"]))

    def search(self):
        self.ask("search", "GET", "/support/?q=" + self.dice.choice(["run", "invoice", "error"]))

    def read(self):
        self.ask("ticket", "GET", self.dice.choice(self.tickets))

    def poll(self):
        number = self.dice.choice(self.tickets).split("/")[-2]
        headers = {"If-None-Match": self.tags.get(number, "")}
        path = f"/accounts/updates/{number}/?after=999999999"
        response = self.ask("poll", "GET", path, headers=headers)
        if response is not None:
            self.tags[number] = response.headers.get("ETag", "")

    def reply(self):
        data = {"body": f"Any news? {uuid.uuid4()}", "submission_key": str(uuid.uuid4())}
        self.ask("reply", "POST", self.dice.choice(self.tickets) + "reply/", data=data)

    def open(self):
        key = str(uuid.uuid4())
        data = {"subject": key, "description": "The invoice", "submission_key": key}
        self.ask("open a ticket", "POST", "/support/billing/", data=data)


def web_cpu(site) -> float:
    """Return the seconds of CPU that the web processes have used (Linux)."""
    found = 0
    for pid, kind in site.running.items():
        if kind == "web":
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found += int(fields[11]) + int(fields[12])
    return found / os.sysconf("SC_CLK_TCK")


def show(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    half, most = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.95))
    print(f"{name:14} {len(ordered):6} requests, p50 {half:6.0f} ms, p95 {most:6.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    with running_site(web=given.processes, workers=1) as site:
        browsers = site.customers(given.clients)
        until = time.monotonic() + given.seconds
        clients = [Client(browser, until, seed) for seed, browser in enumerate(browsers)]
        begin, cpu = time.monotonic(), web_cpu(site)
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        passed, cpu = time.monotonic() - begin, web_cpu(site) - cpu
    times: dict[str, list[float]] = defaultdict(list)
    for client in clients:
        for kind, values in client.times.items():
            times[kind] += values
    statuses = sum((client.statuses for client in clients), Counter())
    everything = [value for values in times.values() for value in values]
    print(
        f"{len(everything)} requests in {passed:.0f} s, {len(everything) / passed:.0f} per second"
    )
    per_core = len(everything) / cpu
    print(f"{1000 / per_core:.0f} ms of CPU of Python each: {per_core:.0f} per second and core")
    print("Statuses:", ", ".join(f"{key}: {statuses[key]}" for key in sorted(statuses, key=str)))
    show("all", everything)
    for kind, values in sorted(times.items()):
        show(kind, values)
    failed = {key: number for key, number in statuses.items() if isinstance(key, str) or key >= 500}
    print(f"Failed: {sum(failed.values())}")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
