"""A site that groups the digits of numbers (``USE_THOUSAND_SEPARATOR``)."""

import re

import pytest
from django.core import mail
from django.db import connection

from tests import factories
from wagtail_portal import actions
from wagtail_portal.desk.tickets.urls import desk_url
from wagtail_portal.models import Role

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="sets SQLite's sequences")

#: Grouped digits after the sign of ticket numbers, or in an attribute, where no one reads them.
GROUPED = re.compile(r"""(?:#|(?:value|id|href|action|name)="[^"<>]*)\d{1,3},\d{3}""")
SNIPPETS = "/admin/snippets/wagtail_portal"


@pytest.fixture(autouse=True)
def grouping(settings, db):
    """Primary keys and ticket numbers have four digits."""
    settings.USE_THOUSAND_SEPARATOR = True
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = 2000")
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT name, 2000 FROM sqlite_master WHERE "
            "sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence)"
        )


def grouped(browser, urls) -> dict[str, list[str]]:
    """Return what's found on pages, by their URL."""
    found = {}
    for url in urls:
        response = browser.get(url)
        assert response.status_code == 200, url
        found[url] = GROUPED.findall(response.content.decode())
    return {url: rows for url, rows in found.items() if rows}


def test_pages_of_the_portal(home, acme, as_member):
    admin = factories.member(acme, role=Role.ADMIN)
    assert admin.pk > 1000
    form = factories.form_page(home)
    ticket = factories.ticket(admin, attachments=[factories.upload()])
    merged = factories.ticket(admin, subject="Another")
    actions.merge_tickets(merged, by=factories.SYSTEM, into=ticket)
    closed = factories.ticket(admin, subject="Done")
    actions.change_status(closed, by=factories.SYSTEM, status=factories.status("closed"))
    paths = ["", f"{form.slug}/", "members/", "profile/", "filters/"]
    paths += [f"tickets/{one.number}/" for one in (ticket, merged, closed)]
    paths += ["notifications/", f"tickets/{ticket.number}/followers/"]
    assert grouped(as_member(admin), [f"/support/{path}" for path in paths]) == {}


def test_member_of_two_organizations_changes_between_them(home, dana, as_member):
    globex = factories.organization("Globex")
    other = actions.create_member(
        globex, by=factories.SYSTEM, email=dana.email, name="", role=dana.role
    )
    browser, url = as_member(dana), "/support/organization/"
    assert f'name="member" value="{other.pk}"' in browser.get(url).content.decode()
    browser.post(url, {"member": other.pk})
    assert f'name="member" value="{dana.pk}"' in browser.get("/support/").content.decode()


def test_screens_of_the_desk(home, dana, client):
    client.force_login(factories.staff(is_superuser=True))
    ticket = factories.ticket(dana, attachments=[factories.upload()])
    names = ("ticket", "member", "organization", "status", "role", "ticketfield", "savedreply")
    urls = [desk_url("edit", ticket.pk), "/admin/", *(f"{SNIPPETS}/{name}/" for name in names)]
    urls.append(f"{SNIPPETS}/member/edit/{dana.pk}/")
    urls.append(f"{SNIPPETS}/organization/edit/{dana.organization_id}/")
    urls.append(f"/support/view-as/?organization={dana.organization_id}")
    assert grouped(client, urls) == {}


def test_emails(home, dana, team, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ticket = factories.ticket(dana)
        actions.reply(ticket, by=team, body="Try it now")
        other = factories.ticket(dana)
        actions.merge_tickets(other, by=team, into=ticket)
    assert len(mail.outbox) > 1
    for message in mail.outbox:
        assert f"#{ticket.number}" in message.subject or f"#{other.number}" in message.subject
        html = message.alternatives[0][0]
        assert not re.search(r"#\d,", message.subject + message.body + html)
