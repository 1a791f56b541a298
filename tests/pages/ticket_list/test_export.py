"""Exporting the ticket list."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from tests import factories
from tests.pages.ticket_list.lists import designate
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.pages.ticket_list import export as export_module
from wagtail_portal.permissions import Actor


def as_csv(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def as_xlsx(response):
    content = b"".join(response.streaming_content)
    return [
        list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    ]


@pytest.fixture
def fields(home):
    severity = factories.ticket_field("Severity", choices=[("High", "red")])
    due = factories.ticket_field("Due", type="date")
    cost = factories.ticket_field("Cost", type="decimal")
    factories.ticket_field("Hidden", type="text")
    designate(home, "status", severity, due, cost, "opened", as_filter=True)


VALUES = {"severity": "high", "due": "2026-12-31", "cost": "-12.50", "hidden": "SECRET"}
OPENED = datetime.datetime(2026, 11, 3, 10, 12, tzinfo=datetime.UTC)


def test_csv_contains_what_the_list_shows(browser, fields, dana):
    at = timezone.now().replace(microsecond=0)
    ticket = factories.ticket(dana, "=1+1", values=VALUES, at=at, by=Actor.system())
    response = browser.get("/support/export/csv/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; ")
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    head, row = as_csv(response)
    assert head == ["Number", "Subject", "Requester", "Status", "Severity", "Due", "Cost"] + [
        *("Opened", "Closed", "Last updated", "Link"),
    ]
    moment = timezone.localtime(at).isoformat()
    assert row == [str(ticket.number), "'=1+1", "Dana Reyes", "Received", "High", "2026-12-31"] + [
        *("-12.50", moment, "", moment),
        f"http://testserver/support/tickets/{ticket.number}/",
    ]


def test_assignee_is_exported_if_customers_see_assignees(browser, home, dana):
    agent = factories.agent(name="Robin Vale")
    ticket = factories.ticket(dana, assignee=agent, by=Actor.system())
    actions.close_ticket(ticket, by=Actor.system())
    _head, row = as_csv(browser.get("/support/export/csv/"))
    assert "Robin Vale" not in row
    designate(home, "assignee", in_list=False, on_ticket=True)
    head, row = as_csv(browser.get("/support/export/csv/"))
    exported = dict(zip(head, row, strict=True))
    ticket.refresh_from_db()
    assert exported["Assigned to"] == "Robin Vale"
    opened = timezone.localtime(ticket.opened_at)
    assert exported["Opened"] == opened.isoformat(timespec="seconds")
    closed = timezone.localtime(ticket.closed_at)
    assert exported["Closed"] == closed.isoformat(timespec="seconds")


def test_xlsx_contains_real_dates_and_numbers(browser, fields, dana):
    at = timezone.now().replace(microsecond=0)
    ticket = factories.ticket(dana, "+1", values=VALUES, at=at, by=Actor.system())
    response = browser.get("/support/export/xlsx/")
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    _head, row = as_xlsx(response)
    moment = timezone.localtime(at).replace(tzinfo=None)
    assert row[:5] == [ticket.number, "'+1", "Dana Reyes", "Received", "High"]
    assert row[5] == datetime.datetime(2026, 12, 31)  # noqa: DTZ001 - the file knows no zones
    assert Decimal(str(row[6])) == Decimal("-12.5")
    link = f"http://testserver/support/tickets/{ticket.number}/"
    assert row[7:] == [moment, None, moment, link]


def test_export_follows_filters_search_and_order_across_pages(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"TICKETS_PER_PAGE": 2}
    designate(home, "urgency", as_filter=True)
    for subject in ("B export", "C export", "A export"):
        factories.ticket(dana, subject, urgency="urgent")
    factories.ticket(dana, "D export")
    factories.ticket(dana, "E import", urgency="urgent")
    query = "?q=export&urgency=urgent&sort=subject&page=2"
    rows = as_csv(browser.get(f"/support/export/csv/{query}"))
    assert [row[1] for row in rows[1:]] == ["A export", "B export", "C export"]
    page = browser.get(f"/support/{query}").content.decode()
    assert "/support/export/csv/?q=export&amp;urgency=urgent&amp;sort=subject" in page


def test_export_only_contains_visible_tickets_and_no_notes(as_member, home, acme, dana):
    mine = factories.ticket(dana, "Mine")
    actions.add_note(mine, by=Actor.system(), body="SECRET")
    factories.ticket(factories.member(acme), "Of a teammate")
    factories.ticket(factories.member(factories.organization()), "Of a outsider")
    rows = as_csv(as_member(dana).get("/support/export/csv/?period=all"))
    assert [row[1] for row in rows[1:]] == ["Mine"]
    assert "SECRET" not in str(rows)
    admin = factories.member(acme, role=Role.ADMIN)
    rows = as_csv(as_member(admin).get("/support/export/csv/"))
    assert {row[1] for row in rows[1:]} == {"Mine", "Of a teammate"}


def test_tickets_that_become_private_during_the_export_are_left_out(
    as_member, home, acme, dana, monkeypatch
):
    monkeypatch.setattr(export_module, "CHUNK", 1)
    first, second = factories.ticket(dana, "First"), factories.ticket(dana, "Second")
    admin = factories.member(acme, role=Role.ADMIN)
    stream = iter(as_member(admin).get("/support/export/csv/").streaming_content)
    assert "Second" in (next(stream) + next(stream)).decode()
    type(first).objects.filter(pk=first.pk).update(private=True)
    assert "First" not in b"".join(stream).decode()
    assert second.pk


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_truncated_export_says_so(browser, home, dana, settings, kind):
    settings.WAGTAIL_PORTAL = {"EXPORT_MAX_TICKETS": 2}
    for _number in range(2):
        factories.ticket(dana)
    read = as_csv if kind == "csv" else as_xlsx
    assert len(read(browser.get(f"/support/export/{kind}/"))) == 3
    factories.ticket(dana)
    rows = read(browser.get(f"/support/export/{kind}/"))
    assert len(rows) == 4
    assert "The limit is 2 tickets" in rows[-1][0]
    assert "up to 2 tickets" in browser.get("/support/").content.decode()


def test_each_chunk_takes_a_constant_number_of_queries(browser, home, dana, monkeypatch):
    designate(home, "assignee", factories.ticket_field("Severity", choices=[("High", "red")]))

    def count():
        with CaptureQueriesContext(connection) as queries:
            rows = as_csv(browser.get("/support/export/csv/"))
        return len(rows) - 1, len(queries)

    for _number in range(2):
        factories.ticket(dana, assignee=factories.agent(), by=Actor.system())
    browser.get("/support/export/csv/")
    number, few = count()
    assert number == 2
    for _number in range(18):
        factories.ticket(dana, assignee=factories.agent(), by=Actor.system())
    assert count() == (20, few)
    monkeypatch.setattr(export_module, "CHUNK", 10)
    assert count() == (20, few + 1)


def test_exports_are_limited_per_hour(browser, home, dana, settings):
    settings.WAGTAIL_PORTAL = {"EXPORTS_PER_HOUR": 1}
    factories.ticket(dana)
    assert browser.get("/support/export/csv/").status_code == 200
    response = browser.get("/support/export/xlsx/?tab=open")
    assert response.url == "/support/?tab=open"
    assert "Too many exports" in browser.get(response.url).content.decode()


@pytest.mark.parametrize("kind", ["pdf", "CSV", "html"])
def test_other_formats_do_not_exist(browser, home, kind):
    assert browser.get(f"/support/export/{kind}/").status_code == 404


def test_readers_language_and_time_zone_apply_to_the_whole_export(browser, home, dana):
    """They belong to the request, even if the server handles other requests between two chunks."""
    from django.utils import translation

    designate(home, "urgency")
    factories.ticket(dana, urgency="high")
    response = browser.get("/support/export/csv/")
    with (
        translation.override("de"),
        timezone.override(datetime.timezone(datetime.timedelta(hours=9))),
    ):
        head, row = as_csv(response)
    assert head[0] == "Number"
    assert "High" in row
    assert row[head.index("Last updated")].endswith("+00:00")
