"""Columns registered by the host project (here the test app) work everywhere tickets are listed."""

import csv
import io

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from tests.pages.ticket_list.lists import active_filters, designate, numbers
from wagtail_portal.columns import (
    Column,
    PeriodField,
    choice_q,
    column_choices,
    get_column,
    period_q,
    register_column,
    registry,
)
from wagtail_portal.models import DesignatedField, PortalSettings, Ticket
from wagtail_portal.permissions import Actor

KEY = "testapp_language"


@pytest.fixture
def tickets(dana):
    found = {}
    for language in ("en", "de"):
        with translation.override(language):
            found[language] = factories.ticket(dana, f"Written in {language}")
    return found


@pytest.fixture
def desk(db):
    return signed_in(factories.agent())


def rows(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_column_is_hidden_from_customers_until_designated(browser, home, tickets):
    page = browser.get("/support/?testapp_language=de&sort=testapp_language")
    assert len(numbers(page)) == 2
    assert "Language" not in page.content.decode().partition("<main")[2].partition("</main>")[0]
    assert "Language" not in rows(browser.get("/support/export/csv/"))[0]


def test_customers_can_see_sort_filter_and_export_the_column(browser, home, tickets):
    designate(home, KEY, as_filter=True)
    page = browser.get("/support/")
    cells = [{cell["label"]: cell["html"] for cell in row.cells} for row in page.context["rows"]]
    assert [row["Language"] for row in cells] == ["de", "en"]
    english, german = tickets["en"].number, tickets["de"].number
    assert numbers(browser.get(f"/support/?sort={KEY}")) == [german, english]
    assert numbers(browser.get(f"/support/?sort=-{KEY}")) == [english, german]
    page = browser.get(f"/support/?{KEY}=de&{KEY}=fr")
    assert numbers(page) == [german]
    assert active_filters(page) == ["Language: German"]
    exported = rows(browser.get(f"/support/export/csv/?{KEY}=de"))
    assert [row["Language"] for row in exported] == ["de"]


def test_column_that_always_filters_needs_no_designation(browser, home, tickets, monkeypatch):
    monkeypatch.setattr(get_column(KEY), "always_filters", True)
    assert numbers(browser.get(f"/support/?{KEY}=de")) == [tickets["de"].number]


@pytest.fixture
def register(monkeypatch):
    return lambda column: monkeypatch.setitem(registry._columns, column.key, column)


class ClosedColumn(Column):
    key, label, source = "testapp_closed", "Closed on", "closed_at"

    def filter_field(self, context):
        return PeriodField(label=self.label)

    def filter_q(self, cleaned):
        return period_q("closed_at", cleaned)


def test_one_declaration_filters_by_period_for_customers_and_team(
    browser, desk, home, tickets, register
):
    register(ClosedColumn())
    designate(home, "testapp_closed", as_filter=True)
    Ticket.objects.filter(pk=tickets["de"].pk).update(closed_at=timezone.now())
    today = {"testapp_closed_from": str(timezone.localdate())}
    assert numbers(browser.get("/support/", today)) == [tickets["de"].number]
    page = BeautifulSoup(desk.get(ticket_url("list"), today).content, "html.parser")
    assert page.select_one("[name=testapp_closed_from]")["placeholder"] == "Date from"
    (row,) = page.select("table.listing tbody tr")
    assert "Written in de" in row.get_text()


def test_team_finds_the_agents_of_a_column_by_typing(desk, tickets, register):
    class SecondAgentColumn(Column):
        key, label = "testapp_agent", "Agent"
        filter_rows, no_row = "agent", "Nobody yet"

        def filter_q(self, cleaned):
            return choice_q("assignee", cleaned)

    register(SecondAgentColumn())
    agent = factories.agent(name="Ines Field")
    Ticket.objects.filter(pk=tickets["de"].pk).update(assignee=agent)
    for value, language in ((agent.pk, "de"), ("null", "en")):
        html = desk.get(ticket_url("list"), {"testapp_agent": value}).content
        page = BeautifulSoup(html, "html.parser")
        (row,) = page.select("table.listing tbody tr")
        assert f"Written in {language}" in row.get_text()
        name = "Nobody yet" if value == "null" else "Ines Field"
        assert name in page.select_one(".w-active-filters").get_text()


def test_column_is_shown_next_to_the_conversation(browser, home, tickets):
    designate(home, KEY)
    page = browser.get(f"/support/tickets/{tickets['de'].number}/")
    text = BeautifulSoup(page.content, "html.parser").get_text(" ", strip=True)
    assert "Language de" in text


def test_team_can_see_filter_and_export_the_column(desk, tickets):
    html = desk.get(ticket_url("list"), {KEY: "de"}).content
    table = BeautifulSoup(html, "html.parser").select_one("table.listing")
    heads = [cell.get_text(" ", strip=True) for cell in table.select("thead th")]
    (row,) = table.select("tbody tr")
    cells = dict(zip(heads, (cell.get_text(strip=True) for cell in row.select("td")), strict=True))
    assert cells["Language"] == "de"
    response = desk.get(ticket_url("list"), {KEY: "de", "export": "csv"})
    assert [row["Language"] for row in rows(response)] == ["de"]


def test_column_data_is_loaded_once_per_list(desk, tickets, dana):
    def count():
        with CaptureQueriesContext(connection) as captured:
            assert "Website" in desk.get(ticket_url("list")).content.decode()
        return len(captured)

    count()
    few = count()
    for _number in range(10):
        factories.ticket(dana, by=Actor.system())
    assert count() == few


@pytest.mark.parametrize("key", ["gone", "testapp_site"])
def test_unregistered_and_team_only_columns_are_left_out(browser, home, tickets, key):
    designate(home, key, as_filter=True)
    page = browser.get(f"/support/?{key}=1&sort={key}")
    assert len(numbers(page)) == 2
    assert [column.key for column in page.context["columns"]] == ["status"]
    assert DesignatedField.objects.get().key == key
    settings = PortalSettings.for_site(home.get_site())
    assert [row.key for row in settings.designations] == ["status", "requester"]


def test_editors_can_only_choose_columns_for_customers():
    keys = [key for key, _label in column_choices()]
    assert KEY in keys
    assert "testapp_site" not in keys


@pytest.mark.parametrize("key", ["status", KEY, "", "Order", "field:order", "an order", "x" * 61])
def test_keys_are_unique_and_safe_in_urls(key):
    with pytest.raises(ValueError, match="key"):
        register_column(Column(key=key, label="Order"))
