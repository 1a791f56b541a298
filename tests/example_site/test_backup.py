"""The commands of the page about backups, in the order in which it gives them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from tests.example_site.conftest import ExampleSite
from tests.thorough import THOROUGH

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not THOROUGH, reason="backups are only restored with THOROUGH=1"),
]

PAGE = settings.TESTS_DIR.parent / "docs" / "how-to" / "back-up-and-restore.md"

MOVE = "Move to another kind of database"

#: Opens a ticket with an attachment as its requester, and downloads the file.
OPEN = r"""
    import re
    from django.test import Client
    from wagtail_portal.models import Attachment, Ticket, TicketNumber
    files = Attachment.objects.filter(message__kind="reply", message__ticket__status__state="new")
    files = files or Attachment.objects.filter(message__kind="reply")
    file = files.order_by("message__ticket__number").first()
    ticket = file.message.ticket
    browser = Client(HTTP_HOST="localhost", raise_request_exception=True)
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(ticket.requester.user, backend=backend)
    page = browser.get(f"/support/tickets/{ticket.number}/")
    html = page.content.decode()
    url = re.search(rf'"([^"]*/{file.pk}/[^"]*)"', html)[1]
    download = browser.get(url)
    content = b"".join(download.streaming_content)
    numbers = Ticket.objects.values_list("number", flat=True)
    answer = {
        "status": page.status_code,
        "has_subject": ticket.subject in html,
        "download": download.status_code,
        "is_complete": len(content) == file.size,
        "tickets": Ticket.objects.count(),
        "next_number_is_free": TicketNumber.allocate() > max(numbers),
    }
"""


def commands(heading: str) -> list[str]:
    """Return the command lines below a heading of the page."""
    section = (
        PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    )
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def run(site: ExampleSite, folder: Path, lines: list[str]) -> None:
    """Run command lines in a folder, with ``manage.py`` being that of the site."""
    environment = site.environment | {"PYTHONPATH": str(settings.TESTS_DIR.parent)}
    for line in lines:
        line = line.replace("python manage.py", f"{sys.executable} -m django")
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.fixture
def fresh(tmp_path, demo_folder) -> Iterator[ExampleSite]:
    """A site with an empty database and storage."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    # Migrating takes half a minute, and flushing has the same effect.
    shutil.copy(demo_folder / "db.sqlite3", folder)
    site = ExampleSite(folder)
    yield site
    site.stop()


def copy_files(source: ExampleSite, target: ExampleSite) -> None:
    for name in ("attachments", "media"):
        found = Path(source.environment["EXAMPLE_SITE_VAR"]) / name
        if found.exists():
            shutil.copytree(found, Path(target.environment["EXAMPLE_SITE_VAR"]) / name)


def check(source: ExampleSite, target: ExampleSite) -> None:
    before, after = source.ask(OPEN), target.ask(OPEN)
    assert before["status"] == before["download"] == 200
    assert before["is_complete"] and before["has_subject"]
    assert after == before


def test_moving_to_another_database(demo, fresh, tmp_path):
    *dump, migrate, _cache, flush, load, _references, _pages, search = commands(MOVE)
    run(demo, tmp_path, dump)
    assert migrate == "python manage.py migrate"
    # The other two are Wagtail's.
    run(fresh, tmp_path, [flush, load, search])
    copy_files(demo, fresh)
    check(demo, fresh)


@pytest.mark.long
@pytest.mark.skipif(connection.vendor != "postgresql", reason="the suite doesn't run on PostgreSQL")
@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump isn't installed")
def test_restoring_postgresql(demo, tmp_path):
    base = os.environ["DATABASE_URL"].rpartition("/")[0]
    names = [f"backup_{uuid4().hex[:8]}" for _number in range(2)]
    urls = [f"{base}/{name}" for name in names]
    psql = ["psql", f"{base}/postgres", "--quiet", "--command"]
    sites = []
    for name, url in zip(names, urls, strict=True):
        subprocess.run([*psql, f"CREATE DATABASE {name}"], check=True)
        (tmp_path / name).mkdir()
        sites.append(ExampleSite(tmp_path / name, DATABASE_URL=url))
    source, target = sites
    try:
        run(demo, tmp_path, commands(MOVE)[:2])
        run(source, tmp_path, commands(MOVE)[2:])
        copy_files(demo, source)
        run(source, tmp_path, commands("Back up PostgreSQL"))
        restore, *rest = commands("Restore it")
        run(target, tmp_path, [restore])
        copy_files(source, target)
        # The settings of the demo don't pass the check for deployment.
        run(target, tmp_path, [line for line in rest if "--deploy" not in line])
        check(source, target)
        pending = "from wagtail_portal.models import Notification as N; answer = N.objects.filter("
        assert target.ask(pending + "state__in=['due', 'digest']).count()") == 0
    finally:
        for site in sites:
            site.stop()
        for name in names:
            subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], check=True)
