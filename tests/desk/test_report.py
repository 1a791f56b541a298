"""The ticket report, and the panel on the Wagtail dashboard."""

import csv
import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.desk.report.figures import Durations, make_report
from wagtail_portal.desk.report.views import duration
from wagtail_portal.models import Rating, Ticket
from wagtail_portal.permissions import Actor

from .conftest import group, signed_in

SYSTEM = Actor.system()
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def at(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=timezone.get_default_timezone())


class TestDurations:
    def test_percentiles(self):
        found = Durations()
        for seconds in (50, 10, 40, 20, 30):
            found.add(timedelta(seconds=seconds))
        assert (found.median, found.high) == (30, 50)

    def test_no_durations_have_no_percentile(self):
        assert Durations().median is None

    def test_negative_durations_count_as_zero(self):
        found = Durations()
        found.add(timedelta(seconds=-5))
        assert found.median == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0, "0 min"), (3540, "59 min"), (9000, "2 h 30 min"), (200_000, "2 days 8 h")],
)
def test_durations_are_formatted(seconds, words):
    assert duration(seconds) == words


@pytest.fixture
def march(dana, agent):
    """Four tickets of March: answered after 1, 2 and 9 hours and never; two of them closed after
    one and three days. One of February, closed in March; one of April."""
    toni = factories.member(factories.organization("Birk"), name="Toni Ek")
    closed = factories.status("closed")

    def add(requester, opened, answer=None, done=None, assignee=None):
        ticket = factories.ticket(requester, by=SYSTEM, at=opened)
        if assignee:
            actions.assign(ticket, by=SYSTEM, assignee=assignee, at=opened)
        if answer:
            actions.reply(ticket, by=SYSTEM, body="Yes", at=opened + timedelta(hours=answer))
        if done:
            actions.change_status(
                ticket, by=SYSTEM, status=closed, at=opened + timedelta(days=done)
            )
        return ticket

    found = [
        add(dana, at(2), answer=1, done=1, assignee=agent),
        add(dana, at(2), answer=2, done=3),
        add(toni, at(20), answer=9, assignee=agent),
        add(toni, at(31, 23)),
        add(dana, at(2) - timedelta(days=10), answer=1, done=30),
        add(dana, at(31) + timedelta(days=1)),
    ]
    for ticket, score in ((found[0], "good"), (found[1], "bad")):
        Rating.objects.create(ticket=ticket, score=score, created_at=at(10))
    return found


def test_report_totals_and_groups(march):
    report = make_report(Ticket.objects.all(), *MARCH, "organization")
    total = report.total
    assert (total.opened, total.closed) == (4, 3)
    assert (total.answered.median, total.answered.high) == (2 * 3600, 9 * 3600)
    assert (total.solved.median, total.solved.high) == (3 * 86_400, 30 * 86_400)
    assert (total.good, total.rated) == (50, 2)
    # One was open before, four were opened, three were closed.
    assert report.backlog == 2
    acme, birk = sorted(report.groups, key=lambda one: one.name)
    assert (acme.name, acme.opened, acme.closed, acme.answered.median) == ("Acme", 2, 3, 3600)
    assert (birk.name, birk.opened, birk.closed, birk.solved.median) == ("Birk", 2, 0, None)


def test_report_over_time(march):
    report = make_report(Ticket.objects.all(), *MARCH, "form")
    by_day = {step.first.day: step for step in report.steps}
    assert len(by_day) == 31
    assert (by_day[2].opened, by_day[3].closed, by_day[5].closed) == (2, 1, 1)
    assert [by_day[day].backlog for day in (1, 2, 3, 5, 20, 31)] == [1, 3, 2, 1, 2, 2]
    year = make_report(Ticket.objects.all(), date(2026, 1, 1), date(2026, 12, 31), "form")
    assert len(year.steps) <= 31
    assert sum(step.opened for step in year.steps) == 6


def test_report_by_agent(march):
    groups = make_report(Ticket.objects.all(), *MARCH, "agent").groups
    assert {one.name: one.opened for one in groups} == {"Robin Agent": 2, "None": 2}


def query(**more):
    return {"first": "2026-03-01", "last": "2026-03-31", "by": "organization", **more}


def test_report_page_shows_totals_and_groups(manager, march):
    response = signed_in(manager).get(reverse("wagtail_portal_report"), query())
    assert "no-store" in response["Cache-Control"]
    page = BeautifulSoup(response.content, "html.parser")
    totals = [cell.get_text(" ", strip=True) for cell in page.select(".portal-totals dd")]
    assert totals[:4] == ["4", "3", "2", "2 h 0 min 90% within 9 h 0 min"]
    assert page.select_one("svg.portal-chart")["aria-label"]
    assert not page.select(".portal-over-time [style], .portal-figures [style]")
    rows = [row.get_text(" ", strip=True) for row in page.select("section:last-of-type tbody tr")]
    assert any("Acme" in row for row in rows) and any("Birk" in row for row in rows)


def test_report_without_tickets_says_so(manager):
    for given in ({}, query(first="2020-01-01", last="2020-01-02")):
        html = signed_in(manager).get(reverse("wagtail_portal_report"), given).content.decode()
        assert "There were no tickets in this period." in html


@pytest.mark.parametrize("given", [{"first": "x"}, {"last": "2026-01-01"}, {"by": "password"}])
def test_invalid_parameters_show_errors_and_no_report(manager, march, given):
    response = signed_in(manager).get(reverse("wagtail_portal_report"), query(**given))
    assert response.context["report"] is None and response.context["form"].errors


def test_report_can_be_exported(manager, march):
    browser, url = signed_in(manager), reverse("wagtail_portal_report")
    lines = b"".join(browser.get(url, query(export="csv")).streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(lines)))
    assert rows[0][:3] == ["Organization", "Opened", "Closed"]
    assert rows[1][:5] == ["Acme", "2", "3", "60", "120"]
    assert rows[-1][0] == "All"
    book = b"".join(browser.get(url, query(export="xlsx")).streaming_content)
    assert openpyxl.load_workbook(io.BytesIO(book)).active["A1"].value == "Organization"


def test_report_requires_permission(agent, viewer, editor, march):
    group("Counters", "report_ticket")
    for user in (agent, viewer, editor, factories.staff("Counters")):
        browser = signed_in(user)
        for export in ("", "csv"):
            response = browser.get(reverse("wagtail_portal_report"), query(export=export))
            assert response.status_code == 302 and response.url == "/admin/"
        assert reverse("wagtail_portal_report") not in browser.get("/admin/").content.decode()


def test_report_only_covers_visible_tickets(march, acme):
    limited = group("Acme counters", "view_ticket", "report_ticket")
    actions.limit_group(limited, by=SYSTEM, organizations=[acme])
    browser = signed_in(factories.staff("Acme counters"))
    html = browser.get(reverse("wagtail_portal_report"), query()).content.decode()
    assert "Acme" in html and "Birk" not in html
    assert "<dd>2</dd>" in html


class TestHome:
    def test_panel_shows_waiting_tickets(self, desk, dana, agent):
        old = factories.ticket(
            dana, subject="Since long ago", by=SYSTEM, at=timezone.now() - timedelta(days=9)
        )
        factories.ticket(dana, subject="Since today")
        actions.assign(old, by=SYSTEM, assignee=agent)
        page = BeautifulSoup(desk.get("/admin/").content, "html.parser")
        panel = page.select_one("#portal-tickets-section") or page
        links = [link.get_text(" ", strip=True) for link in panel.select(".portal-home-parts a")]
        assert links == ["Mine 1", "Unassigned 1", "Waiting on us 2"]
        titles = [cell.get_text(strip=True) for cell in panel.select("td.title a")]
        assert titles[0].endswith("Since long ago") and len(titles) == 2
        assert "2 tickets waiting" in page.get_text(" ", strip=True)

    def test_panel_shows_no_tickets_that_the_user_cannot_see(self, editor, dana, acme):
        factories.ticket(dana, subject="A secret")
        birk = factories.organization("Birk")
        limited = group("Birk team", "view_ticket")
        actions.limit_group(limited, by=SYSTEM, organizations=[birk])
        for user in (editor, factories.staff("Birk team")):
            assert "A secret" not in signed_in(user).get("/admin/").content.decode()
        assert "Tickets" not in signed_in(editor).get("/admin/").content.decode()

    def test_panel_takes_few_queries(self, agent, editor):
        numbers = []
        for user in (editor, agent):
            browser = signed_in(user)
            browser.get("/admin/")
            with CaptureQueriesContext(connection) as context:
                browser.get("/admin/")
            numbers.append(len(context))
        # Statuses, counts, the oldest tickets and the agent's scope.
        assert numbers[1] - numbers[0] <= 5
