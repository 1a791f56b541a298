"""What each page costs with many tickets, beside few of them, and beside an empty page.

    python -m benchmarks.pages postgres://…/small postgres://…/large [--times 20] [--only inbox]
        [--helpdesk /path/to/python]

Each database is one of :mod:`benchmarks.load_tickets`, on this machine. A process serves each of
them on loopback, and each page is requested from one after the other, so that whatever else the
machine does slows down both. Prints a table in Markdown: queries, and milliseconds of CPU of Python
and of PostgreSQL (the median of the requests), and how many times as much as an empty page, and as
with the first database, it costs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import uuid
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
#: Rows whose name begins so are the floor of those that follow.
FLOOR = "floor"
TOKEN = "t" * 32


class Site:
    """A site that runs in a process of its own."""

    def __init__(self, database: str, command=(sys.executable, "-m", "benchmarks.measured_server")):
        self.name = database.rpartition("/")[2]
        self.process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> None:
        """Wait until the site answers."""
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"The site with the database {self.name} didn't start.")
        told = json.loads(line)
        self.url, self.cases, self.work = told["url"], told["cases"], told["work"]
        self.tickets = told["tickets"]

    def request(self, _name, session, method, path, more=None) -> list[float]:
        """Send a request, with headers or a form, and return its queries and milliseconds of
        CPU."""
        headers = {"X-CSRFToken": TOKEN}
        data = None
        if method == "GET":
            headers |= more or {}
        else:
            data = {**more, "submission_key": str(uuid.uuid4())}
        response = requests.request(
            method,
            self.url + path,
            data=data,
            cookies={"sessionid": session, "csrftoken": TOKEN},
            headers=headers,
            allow_redirects=False,
            timeout=120,
        )
        if response.status_code not in ((200, 304) if method == "GET" else (302,)):
            sys.exit(f"{method} {path} was answered with status {response.status_code}.")
        return json.loads(response.headers["X-Cost"])

    def stop(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(30)


def measure(sites: list[Site], times: int, only: str) -> dict[str, list[list[float]]]:
    """Return the medians of each page, by its name: a list for each site."""
    found = {}
    for place, (name, *_rest) in enumerate(sites[0].cases):
        if only not in name and not name.startswith(FLOOR):
            continue
        costs = [[] for _site in sites]
        for turn in range(times + 2):
            for site, measured in zip(sites, costs, strict=True):
                cost = site.request(*site.cases[place])
                if turn > 1:
                    # Caches are warm.
                    measured.append(cost)
        found[name] = [[statistics.median(row) for row in zip(*one, strict=True)] for one in costs]
    for name in sites[0].work:
        if only in name:
            found[name] = [site.work.get(name, [0, 0, 0]) for site in sites]
    return found


def show(names: list[str], found: dict[str, list[list[float]]]) -> None:
    """Print the table."""
    titles = [f"{name}: queries, CPU (Python + database)" for name in names]
    print("| page |", " | ".join([*titles, "× floor", "× small"]), "|")
    print("|---" * (len(names) + 3) + "|")
    floor = 0.0
    for name, costs in found.items():
        totals = [python + database for _queries, python, database in costs]
        if name.startswith(FLOOR):
            floor = totals[-1]
        cells = [
            f"{queries:.3g}, {python:.1f} + {database:.1f}" for queries, python, database in costs
        ]
        ratios = [f"{totals[-1] / floor:.1f}", f"{totals[-1] / (totals[0] or 1):.1f}"]
        print("|", " | ".join([name, *cells, *ratios]), "|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("databases", nargs="+")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default="", help="measure pages whose names contain this")
    parser.add_argument("--helpdesk", help="a Python with django-helpdesk, to measure it beside")
    given = parser.parse_args()
    sites = [Site(database) for database in given.databases]
    peers: list[Site] = []
    try:
        for site in sites:
            site.start()
        found = measure(sites, given.times, given.only)
        for site, database in zip(sites, given.databases, strict=True):
            if given.helpdesk:
                command = (given.helpdesk, "-m", "benchmarks.helpdesk", str(site.tickets))
                peers.append(Site(f"{database}_helpdesk", command))
                peers[-1].start()
        if peers:
            found |= measure(peers, given.times, "")
        show([site.name for site in sites], found)
    finally:
        for site in [*sites, *peers]:
            site.stop()


if __name__ == "__main__":
    main()
