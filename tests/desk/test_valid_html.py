"""The screens of the team are valid HTML; what Wagtail itself gets wrong is told by its own."""

import json
import re
import subprocess

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.pages import all_pages
from tests.pages.test_valid_html import JAVA, NEWER, OPTIONS, checker  # noqa: F401 - a fixture

from .conftest import signed_in, ticket_url
from .test_bulk import bulk_url

SNIPPETS = "/admin/snippets/wagtail_portal/"
#: Screens in which nothing is ours.
PLAIN = [
    "/admin/pages/",
    "/admin/pages/{page}/?ordering=ord",
    "/admin/pages/{page}/edit/",
    "/admin/users/",
    "/admin/users/new/",
    "/admin/reports/site-history/",
]
#: What Wagtail's own widgets get wrong, where no plain screen has one: the chooser of images, the
#: editor of rich text, and the order of inline panels.
WIDGETS = re.compile(r'class="chooser__image|<label [^>]*for="id_(logo|favicon|footer)"|-ORDER" ')


def screens(world) -> dict[str, str]:
    """The address of every screen of the team, by a name."""
    ticket, solved, dana = world["ticket"].pk, world["solved"].pk, world["dana"]
    site = world["home"].get_site().pk
    listings = ("organization", "member", "notification", "savedreply", "ticketfield", "status")
    return {
        "inbox": ticket_url("list"),
        "inbox-searched": ticket_url("list") + "?q=ζζζ",
        "ticket": ticket_url("edit", ticket),
        "ticket-solved": ticket_url("edit", solved),
        "merge": ticket_url("merge", ticket),
        "requester": ticket_url("requester", ticket),
        "history": ticket_url("history", ticket),
        "delete": ticket_url("delete", ticket),
        "open": ticket_url("open"),
        "settings": f"/admin/settings/wagtail_portal/portalsettings/{site}/",
        "report": reverse("wagtail_portal_report"),
        "views": reverse("wagtail_portal_views"),
        **{f"list-{name}": f"{SNIPPETS}{name}/" for name in listings},
        "organization": f"{SNIPPETS}organization/edit/{dana.organization_id}/",
        "member": f"{SNIPPETS}member/edit/{dana.pk}/",
        **{f"add-{name}": f"{SNIPPETS}{name}/add/" for name in listings if name != "notification"},
        **{
            f"bulk-{name}": bulk_url(name, ticket, solved)
            for name in ("assign", "status", "close", "field")
        },
        **{
            f"import-{kind}": reverse("wagtail_portal_import", args=[kind])
            for kind in ("organizations", "members")
        },
    }


def errors(checker, folder) -> dict[str, set]:  # noqa: F811
    """By file, ``(what is wrong, the markup that is)``; times and primary keys do not count."""
    command = [JAVA, *OPTIONS, "-jar", str(checker), "--format", "json", "--exit-zero-always"]
    files = sorted(map(str, folder.glob("*.html")))
    told = subprocess.run([*command, *files], capture_output=True, text=True, check=True)
    found = {}
    for row in json.loads(told.stderr)["messages"]:
        if row["type"] == "error" and not NEWER.match(row["message"]):
            start = row.get("hiliteStart", 0)
            markup = row.get("extract", "")[start : start + row.get("hiliteLength", 0)]
            told_of = re.sub(r"\d+", "0", f"{row['message']} {' '.join(markup.split())}")
            name = row["url"].rsplit("/", 1)[1].removesuffix(".html")
            found.setdefault(name, set()).add(told_of)
    return found


@pytest.fixture
def found(checker, home, tmp_path):  # noqa: F811
    """What the checker says about all screens: those of Wagtail begin with "plain"."""
    world = all_pages.build(home)
    desk = signed_in(world["agent"])
    pages = {name: desk.get(address) for name, address in screens(world).items()}
    file = SimpleUploadedFile("c.csv", b"name,external_id\nBirk,C-1\n,C-3\n", "text/csv")
    pages["import-rows"] = desk.post(screens(world)["import-organizations"], {"file": file})
    # An error, after a redirect, with what was typed.
    pages["open-errors"] = desk.post(screens(world)["open"], {"subject": "x"}, follow=True)
    pages["merge-errors"] = desk.post(screens(world)["merge"], {}, follow=True)
    for number, address in enumerate(PLAIN):
        pages[f"plain-{number}"] = desk.get(address.format(page=home.get_parent().pk))
    wrong = b"<a href='#'><button></button></a></main>"
    broken = pages["inbox"].content.replace(b"</main>", wrong)
    (tmp_path / "broken.html").write_bytes(broken)
    for name, page in pages.items():
        assert page.status_code == 200, (name, page.status_code)
        (tmp_path / f"{name}.html").write_bytes(page.content)
    return errors(checker, tmp_path)


def test_screens_of_the_team(found):
    wagtail = set().union(*(rows for name, rows in found.items() if name.startswith("plain")))
    ours = {
        name: {row for row in rows - wagtail if not WIDGETS.search(row)}
        for name, rows in found.items()
        if not name.startswith("plain")
    }
    # What stands among Wagtail's own errors is found all the same.
    assert ours.pop("broken")
    assert {name: rows for name, rows in ours.items() if rows} == {}
