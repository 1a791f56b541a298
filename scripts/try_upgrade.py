"""Upgrade the example site from an earlier version, with both versions running side by side.

    python scripts/try_upgrade.py                  from the latest release, or else the last commit
    python scripts/try_upgrade.py --old v0.1.0     from that tag or commit
    python scripts/try_upgrade.py --wheel FILE     from a released wheel

The old version creates a database with the demo's data. The new one migrates it, and then a process
of each version answers requests at the same time, on the same database: on DATABASE_URL, which has
to be empty, or else SQLite.

A database can only be upgraded if the migrations that made it haven't been changed. Until the first
release, they are: then there's nothing to try, and the script says so.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "wagtail_portal"

#: What each version does: customers and an agent read, and write to the same ticket.
REQUESTS = """
import sys, uuid
import django
django.setup()
import wagtail_portal
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from wagtail_portal.models import Message, Ticket

where, name, rounds = sys.argv[1:]
assert wagtail_portal.__file__.startswith(where), wagtail_portal.__file__

def browser(user, backend):
    client = Client(HTTP_HOST="localhost", headers={"Origin": "http://localhost"})
    client.force_login(user, backend=backend)
    return client

ticket = Ticket.objects.open().filter(
    requester__role__key="admin", organization__key=None, merged_into=None
).order_by("number").first()
customer = browser(ticket.requester.user, "allauth.account.auth_backends.AuthenticationBackend")
agent = browser(
    get_user_model().objects.filter(is_superuser=True).first(),
    "django.contrib.auth.backends.ModelBackend",
)
screens = [
    (customer, "/support/"),
    (customer, f"/support/tickets/{ticket.number}/"),
    (agent, reverse("wagtailsnippets_wagtail_portal_ticket:list")),
    (agent, reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[ticket.pk])),
]
for number in range(int(rounds)):
    for client, url in screens:
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
    text = f"Reply {number} of the {name} version"
    data = {"body": text, "submission_key": str(uuid.uuid4()), "last_read": 2**40}
    response = customer.post(f"/support/tickets/{ticket.number}/reply/", data)
    assert response.status_code == 302, response.status_code
    assert Message.objects.filter(ticket=ticket, body=text).exists()
print(f"{name}: {rounds} rounds of {len(screens)} pages and a reply")
"""
ROUNDS = 5


class Version:
    """A version of the package, installed from a wheel, with the example site of its time."""

    def __init__(self, name: str, folder: Path, var: Path):
        self.name, self.folder = name, folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{folder / 'installed'}{os.pathsep}{folder / 'site'}",
            "DJANGO_SETTINGS_MODULE": "example_site.settings.demo",
            "EXAMPLE_SITE_VAR": str(var),
        }

    def install(self, source: Path, wheel: Path | None = None) -> None:
        """Build the wheel from a folder with sources, unless one is given, and install it."""
        if wheel is None:
            pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", self.folder, source)
            (wheel,) = self.folder.glob("*.whl")
        pip("install", "--no-deps", "--no-index", "--target", self.folder / "installed", wheel)
        shutil.copytree(source / "example_site", self.folder / "site" / "example_site")

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it prints."""
        # -P: nothing from the current folder.
        command = [sys.executable, "-P", "-m", "django", *arguments]
        return run(command, env=self.environment, cwd=self.folder)

    def begin_requests(self) -> subprocess.Popen:
        """Start a process that makes requests."""
        where = str(self.folder / "installed")
        command = [sys.executable, "-P", "-c", REQUESTS, where, self.name, str(ROUNDS)]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder)

    def migrations(self) -> dict[str, str]:
        """Return the code of each migration by path, without comments and formatting."""
        installed = self.folder / "installed"
        return {
            path.relative_to(installed).as_posix(): ast.dump(ast.parse(path.read_text()))
            for path in installed.glob(f"{PACKAGE}/**/migrations/[0-9]*.py")
        }


def run(command, **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:8]))}\n{done.stdout}{done.stderr}")
    return done.stdout


def pip(*arguments) -> None:
    run([sys.executable, "-m", "pip", *map(str, arguments), "--quiet"])


def git(*arguments: str) -> str:
    return run(["git", *arguments], cwd=ROOT).strip()


def latest_release() -> str:
    """Return the newest tag of a release before the current commit; "" if there's none."""
    tags = git("tag", "--list", "v*", "--merged", "HEAD~1", "--sort=-version:refname")
    return next(iter(tags.splitlines()), "")


def extract(commit: str, folder: Path) -> Path:
    """Write the files of a commit into a folder, and return it."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    git("archive", commit, f"--output={archive}")
    shutil.unpack_archive(archive, folder, filter="data")
    return folder


def check_migrations(old: Version, new: Version, *, is_release: bool) -> None:
    """End the script if migrations that made the old database have been changed."""
    before, after = old.migrations(), new.migrations()
    changed = sorted(path for path, code in before.items() if after.get(path) != code)
    if not changed:
        return
    names = ", ".join(changed)
    if is_release:
        sys.exit(f"FAILED: a release contains these migrations, so they mustn't change: {names}")
    print(
        f"SKIPPED: databases of the earlier version have to be recreated, because these migrations "
        f"were changed: {names}"
    )
    sys.exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--old", help="tag or commit of the earlier version")
    parser.add_argument("--wheel", type=Path, help="a released wheel, instead of building one")
    options = parser.parse_args()
    release = latest_release()
    commit = options.old or release or "HEAD~1"
    is_release = bool(options.wheel) or commit.startswith("v")
    with tempfile.TemporaryDirectory(prefix="try-upgrade-") as name:
        base = Path(name)
        old, new = (Version(part, base / part, base / "var") for part in ("old", "new"))
        for version, source in ((old, commit), (new, "HEAD")):
            version.folder.mkdir()
            wheel = options.wheel if version is old else None
            version.install(extract(source, version.folder / "source"), wheel)
        print(f"From {commit} ({git('rev-parse', '--short', commit)}) to HEAD", flush=True)
        check_migrations(old, new, is_release=is_release)
        old.manage("migrate", "--verbosity=0")
        old.manage("load_demo", "--small")
        print(new.manage("migrate", "--plan"), flush=True)
        new.manage("migrate", "--verbosity=0")
        processes = [version.begin_requests() for version in (old, new)]
        codes = [process.wait() for process in processes]
        if any(codes):
            sys.exit("FAILED: the versions can't run side by side")
        if "No planned migration operations." not in new.manage("migrate", "--plan"):
            sys.exit("FAILED: the database isn't up to date")


if __name__ == "__main__":
    main()
