"""The team's pages are valid HTML, apart from errors that Wagtail's own pages have too."""

import json
import re
import subprocess

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import Locale

from tests import factories
from tests.pages import all_pages
from tests.pages.test_valid_html import JAVA, NEWER, OPTIONS, checker  # noqa: F401 - a fixture
from wagtail_portal.models import SavedReply

from .conftest import signed_in, ticket_url
from .tickets.test_bulk import bulk_url

SNIPPETS = "/admin/snippets/wagtail_portal/"
#: Pages without any of our own markup.
PLAIN = [
    "/admin/pages/",
    "/admin/pages/{page}/?ordering=ord",
    "/admin/pages/{page}/edit/",
    "/admin/users/",
    "/admin/users/new/",
    "/admin/reports/site-history/",
]
#: Errors of Wagtail's own widgets that no plain page contains: the image chooser, the rich text
#: editor, and the order of inline panels.
WIDGETS = re.compile(r'class="chooser__image|<label [^>]*for="id_(logo|favicon|footer)"|-ORDER" ')


def screens(sample) -> dict[str, str]:
    """Return the URL of every team page by name."""
    ticket, solved, dana = sample["ticket"].pk, sample["solved"].pk, sample["dana"]
    site, another = sample["home"].get_site().pk, factories.member(dana.organization)
    reply = SavedReply.objects.create(title="Closed", text="Hello", locale=Locale.get_default())
    listings = ("organization", "member", "notification", "savedreply", "ticketfield", "status")
    return {
        "inbox": ticket_url("list"),
        "inbox-searched": ticket_url("list") + "?q=ζζζ",
        "ticket": ticket_url("edit", ticket),
        "ticket-solved": ticket_url("edit", solved),
        "merge": ticket_url("merge", ticket),
        "merge-into": f"{ticket_url('merge', ticket)}?into={solved}",
        "requester": ticket_url("requester", ticket),
        "requester-chosen": f"{ticket_url('requester', ticket)}?member={another.pk}",
        "history": ticket_url("history", ticket),
        "delete": ticket_url("delete", ticket),
        "open": ticket_url("open"),
        "open-member": f"{ticket_url('open')}?member={dana.pk}",
        "follow-up": f"{ticket_url('open')}?follow_up={solved}",
        "settings": f"/admin/settings/wagtail_portal/portalsettings/{site}/",
        "report": reverse("wagtail_portal_report"),
        "views": reverse("wagtail_portal_views"),
        "view-add": reverse("wagtail_portal_view_add"),
        "list-settings": reverse("wagtail_portal_list"),
        "system-status": reverse("wagtail_portal_system_status"),
        "merge-member": f"{SNIPPETS}member/merge/{dana.pk}/",
        **{f"list-{name}": f"{SNIPPETS}{name}/" for name in listings},
        "organization": f"{SNIPPETS}organization/edit/{dana.organization_id}/",
        "member": f"{SNIPPETS}member/edit/{dana.pk}/",
        "organization-page": f"{SNIPPETS}organization/inspect/{dana.organization_id}/",
        "member-page": f"{SNIPPETS}member/inspect/{dana.pk}/",
        **{f"add-{name}": f"{SNIPPETS}{name}/add/" for name in listings if name != "notification"},
        **{
            f"bulk-{name}": bulk_url(name, ticket, solved)
            for name in ("assign", "status", "close", "field", "update", "saved_reply", "export")
        },
        "bulk-saved_reply-chosen": bulk_url("saved_reply", ticket, reply=reply.pk),
        "saved-reply": f"{SNIPPETS}savedreply/edit/{reply.pk}/",
        **{
            f"import-{kind}": reverse("wagtail_portal_import", args=[kind])
            for kind in ("organizations", "members")
        },
    }


def errors(checker, folder) -> dict[str, set]:  # noqa: F811
    """Return ``(error, markup)`` pairs by file, without times and primary keys."""
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
    """The checker's results for all pages; Wagtail's own begin with "plain"."""
    sample = all_pages.build(home)
    desk = signed_in(sample["agent"])
    pages = {name: desk.get(address) for name, address in screens(sample).items()}
    file = SimpleUploadedFile("c.csv", b"name,external_id\nBirk,C-1\n,C-3\n", "text/csv")
    pages["import-rows"] = desk.post(screens(sample)["import-organizations"], {"file": file})
    # With errors and the submitted input.
    pages["open-errors"] = desk.post(screens(sample)["open"], {"member-typed": "ζζζ"})
    other = factories.member(factories.organization("Globex"), sample["dana"].email, role="admin")
    person = factories.member(sample["dana"].organization, "dana@old.example", role="admin")
    merging = {"organization": other.organization_id, "member": person.pk}
    for name, pk in merging.items():
        kept = sample["dana"].organization_id if name == "organization" else sample["dana"].pk
        address = f"{SNIPPETS}{name}/merge/{kept}/"
        pages[f"merge-{name}-search"] = desk.get(f"{address}?q=glob")
        pages[f"merge-{name}"] = desk.get(f"{address}?other={pk}")
        pages[f"merge-{name}-errors"] = desk.post(address, {"other": pk})
    pages["merge-errors"] = desk.post(screens(sample)["merge"], {}, follow=True)
    pages["snooze-errors"] = desk.post(ticket_url("snooze", sample["ticket"].pk), {})
    pages["bulk-update-errors"] = desk.post(bulk_url("update", sample["ticket"].pk), {})
    for number, address in enumerate(PLAIN):
        pages[f"plain-{number}"] = desk.get(address.format(page=home.get_parent().pk))
    wrong = b"<a href='#'><button></button></a></main>"
    broken = pages["inbox"].content.replace(b"</main>", wrong)
    (tmp_path / "broken.html").write_bytes(broken)
    for name, page in pages.items():
        assert page.status_code == 200, (name, page.status_code)
        (tmp_path / f"{name}.html").write_bytes(page.content)
    return errors(checker, tmp_path)


def test_team_pages_are_valid(found):
    wagtail = set().union(*(rows for name, rows in found.items() if name.startswith("plain")))
    ours = {
        name: {row for row in rows - wagtail if not WIDGETS.search(row)}
        for name, rows in found.items()
        if not name.startswith("plain")
    }
    # An error of ours among Wagtail's own is still found.
    assert ours.pop("broken")
    assert {name: rows for name, rows in ours.items() if rows} == {}
