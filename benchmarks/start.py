"""What the portal adds to the start of a process and to ``migrate``, beside bare Wagtail.

    python -m benchmarks.start [--times 7] [postgres://…/postgres]

Each number comes from a process of its own, in turns with and without the portal, so that
whatever else the machine does slows down both; with compiled bytecode, as when a server restarts.
``migrate`` creates all tables in an empty database: on SQLite, and on the PostgreSQL server of this
machine that the URL names. Prints medians in a table in Markdown.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
#: The sites that are compared, by what their names of apps begin with that the others don't have.
SITES = {
    "wagtail": (
        *("example_site", "wagtail_portal", "allauth"),
        *("wagtail.contrib.settings", "wagtail.contrib.routable_page"),
    ),
    "portal": ("example_site",),
}


def configure(site: str, database: str) -> None:
    """Use the example site's settings, with the apps of one of the sites."""
    import dj_database_url
    from django.conf import settings

    from example_site.settings import base

    given = {name: getattr(base, name) for name in dir(base) if name.isupper()}
    given["INSTALLED_APPS"] = [
        app for app in base.INSTALLED_APPS if not app.startswith(SITES[site])
    ]
    given["DATABASES"] = {"default": dj_database_url.parse(database)}
    if database.startswith("postgres"):
        given["INSTALLED_APPS"].append("django.contrib.postgres")
    if site == "wagtail":
        given["MIDDLEWARE"] = [
            row for row in base.MIDDLEWARE if not row.startswith(("wagtail_portal", "allauth"))
        ]
        given["AUTHENTICATION_BACKENDS"] = base.AUTHENTICATION_BACKENDS[:1]
        given["ROOT_URLCONF"] = "wagtail.admin.urls"
    given |= {"SECRET_KEY": "not a secret", "WAGTAILADMIN_BASE_URL": "http://localhost"}
    settings.configure(**given)


def used() -> tuple[float, float]:
    """Return the seconds of CPU and the largest number of megabytes that this process used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(site: str, database: str) -> list[list[float]]:
    """Return what was used for ``django.setup()``, and until a request could be answered."""
    import django

    configure(site, database)
    begin = used()
    django.setup()
    ready = used()
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018
    get_resolver()._populate()
    serving = used()
    return [
        [now - before for now, before in zip(to, begin, strict=True)] for to in (ready, serving)
    ]


def measure_migrate(site: str, database: str) -> list[list[float]]:
    """Return the seconds of CPU of ``migrate`` after ``django.setup()`` in Python and in
    PostgreSQL, and how long it took."""
    import django
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.measured_server import cpu_of

    configure(site, database)
    django.setup()
    connection.ensure_connection()
    backend = 0
    if connection.vendor == "postgresql":
        backend = connection.connection.info.backend_pid
    begin, begin_there, start = used()[0], backend and cpu_of(backend), time.perf_counter()
    call_command("migrate", verbosity=0)
    there = backend and cpu_of(backend) - begin_there
    return [[used()[0] - begin, there, time.perf_counter() - start]]


def in_new_process(what: str, site: str, database: str, bytecode: str) -> list[list[float]]:
    """Return what a new process measured."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode, "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "benchmarks.start", "--in", site, "--what", what, database]
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def migrated_from_zero(site: str, server: str, bytecode: str) -> list[list[float]]:
    """Return what ``migrate`` took in a new database, which is deleted afterwards."""
    if not server:
        with tempfile.TemporaryDirectory() as folder:
            return in_new_process("migrate", site, f"sqlite:///{folder}/db.sqlite3", bytecode)
    import psycopg

    name = f"portal_start_{os.getpid()}"
    parts = urlsplit(server)
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            url = parts._replace(path=f"/{name}").geturl()
            return in_new_process("migrate", site, url, bytecode)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def compare(measured, times: int) -> list[list[list[float]]]:
    """Return the medians of each site."""
    found: dict[str, list] = {site: [] for site in SITES}
    for _turn in range(times):
        for site, rows in found.items():
            rows.append(measured(site))
    return [
        [
            [statistics.median(cell) for cell in zip(*row, strict=True)]
            for row in zip(*rows, strict=True)
        ]
        for rows in found.values()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("server", nargs="?", default="")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--in", dest="site", choices=SITES, help=argparse.SUPPRESS)
    parser.add_argument("--what", choices=["setup", "migrate"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.site:
        measured = measure if given.what == "setup" else measure_migrate
        print(json.dumps(measured(given.site, given.server)))
        return
    with tempfile.TemporaryDirectory() as bytecode:
        for site in SITES:
            in_new_process("setup", site, "sqlite://:memory:", bytecode)
        start = compare(
            lambda site: in_new_process("setup", site, "sqlite://:memory:", bytecode), given.times
        )
        print("| start | bare Wagtail | with the portal | added |\n|---|---|---|---|")
        for name, bare, full in zip(("`django.setup()`", "with its URLs"), *start, strict=True):
            cells = [f"{cpu:.2f} s, {size:.0f} MB" for cpu, size in (bare, full)]
            added = f"{full[0] - bare[0]:.2f} s, {full[1] - bare[1]:.1f} MB"
            print("|", " | ".join([name, *cells, added]), "|", flush=True)
        print(
            "\n| `migrate` from zero | bare Wagtail | with the portal | added |\n|---|---|---|---|"
        )
        for name, server in (("SQLite", ""), ("PostgreSQL", given.server)):
            if name == "SQLite" or server:
                costs = compare(
                    lambda site, on=server: migrated_from_zero(site, on, bytecode),
                    max(3, given.times // 2),
                )
                (bare,), (full,) = costs
                costs = [bare, full, [more - less for more, less in zip(full, bare, strict=True)]]
                cells = [
                    f"{cpu:.1f} + {there:.1f} s of CPU, {all:.1f} s" for cpu, there, all in costs
                ]
                print("|", " | ".join([name, *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
