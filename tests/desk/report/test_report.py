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
from wagtail.models import Locale

from tests import factories
from tests.desk.conftest import group, signed_in
from wagtail_portal import actions
from wagtail_portal.desk.report.aggregates import Durations
from wagtail_portal.desk.report.figures import make_report
from wagtail_portal.desk.report.periods import Period
from wagtail_portal.desk.report.words import duration
from wagtail_portal.models import Rating, Ticket
from wagtail_portal.permissions import Actor

SYSTEM = Actor.system()
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def at(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=timezone.get_default_timezone())


class TestDurations:
    def test_percentiles(self):
        found = Durations([50, 10, 40, 20, 30])
        assert (found.median, found.high) == (30, 50)

    def test_no_durations_have_no_percentile(self):
        assert Durations().median is None

    def test_negative_durations_count_as_zero(self):
        assert Durations([-5, -9]).median == 0


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(None, "–"), (0, "0 min"), (59, "59 min"), (150, "2 h 30 min"), (3333, "2 days 8 h")],
)
def test_durations_are_formatted(minutes, words):
    assert duration(minutes) == words


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
    report = make_report(Ticket.objects.all(), MARCH, "organization")
    total = report.total
    assert (total.opened, total.closed) == (4, 3)
    assert (total.answered.median, total.answered.high) == (2 * 60, 9 * 60)
    assert (total.solved.median, total.solved.high) == (3 * 1440, 30 * 1440)
    assert (total.good, total.rated) == (50, 2)
    # One was open before, four were opened, three were closed.
    assert report.backlog == 2
    acme, birk = sorted(report.groups, key=lambda one: one.name)
    assert (acme.name, acme.opened, acme.closed, acme.answered.median) == ("Acme", 2, 3, 60)
    assert (birk.name, birk.opened, birk.closed, birk.solved.median) == ("Birk", 2, 0, None)


def test_report_over_time(march):
    report = make_report(Ticket.objects.all(), MARCH, "form")
    by_day = {step.period.first.day: step for step in report.steps}
    assert len(by_day) == 31
    assert (by_day[2].opened, by_day[3].closed, by_day[5].closed) == (2, 1, 1)
    assert [by_day[day].backlog for day in (1, 2, 3, 5, 20, 31)] == [1, 3, 2, 1, 2, 2]
    year = make_report(Ticket.objects.all(), Period(date(2026, 1, 1), date(2026, 12, 31)), "form")
    assert len(year.steps) <= 31
    assert sum(step.opened for step in year.steps) == 6


def test_report_by_agent(march):
    groups = make_report(Ticket.objects.all(), MARCH, "agent").groups
    assert {one.name: one.opened for one in groups} == {"Robin Agent": 2, "No one": 2}


def test_report_counts_every_ticket_of_a_busy_year(dana, django_assert_num_queries):
    """The database counts, so there is no number of tickets above which some are left out."""
    made = factories.ticket(dana)
    count, first, closed = 400, at(1, 0), factories.status("closed")
    Ticket.objects.bulk_create(
        Ticket(
            number=number + 10_000,
            site=made.site,
            organization=dana.organization,
            requester=dana,
            subject="Busy",
            status=closed,
            opened_at=first + timedelta(hours=number),
            first_answered_at=first + timedelta(hours=number, seconds=60_000 + 60 * number),
            closed_at=first + timedelta(hours=number + 400),
        )
        for number in range(count)
    )
    with django_assert_num_queries(11 if connection.vendor != "mysql" else 12) as queries:
        report = make_report(Ticket.objects.all(), MARCH, "organization")
    counting = [row for row in queries if "COUNT(" in row["sql"]]
    assert len(counting) == 10
    assert (report.total.opened, report.total.closed) == (400, 344)
    assert report.total.answered.median == 1000 + 199
    assert report.total.answered.high == 1000 + 359
    assert report.total.solved.median == 400 * 60
    assert [report.steps[day].opened for day in (0, 15, 16, 17)] == [24, 24, 16, 0]
    assert sum(step.closed for step in report.steps) == 344
    assert report.steps[-1].backlog == report.backlog == 56


def query(**more):
    return {"first": "2026-03-01", "last": "2026-03-31", "by": "organization", **more}


def test_report_page_shows_totals_and_groups(manager, march):
    response = signed_in(manager).get(reverse("wagtail_portal_report"), query())
    assert "no-store" in response["Cache-Control"]
    page = BeautifulSoup(response.content, "html.parser")
    totals = [cell.get_text(" ", strip=True) for cell in page.select(".portal-totals dd")]
    assert totals == [
        "4 3 more than in the previous period ( 1 )",
        "3 3 more than in the previous period (0)",
        "2 1 more than in the previous period ( 1 )",
        "2 h 0 min 90% within 9 h 0 min 1 h 0 min longer than in the previous period ( 1 h 0 min )",
        "3 days 0 h 90% within 30 days 0 h",
        "50% good 1 good , 0 okay, 1 bad",
    ]
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
    assert [row[:4] for row in rows[-2:]] == [
        ["All, 03/01/2026 to 03/31/2026", "4", "3", "120"],
        ["All, 01/29/2026 to 02/28/2026", "1", "0", "60"],
    ]
    book = b"".join(browser.get(url, query(export="xlsx")).streaming_content)
    assert openpyxl.load_workbook(io.BytesIO(book)).active["A1"].value == "Organization"


def test_report_links_only_carry_its_own_filters(manager, march, acme):
    given = query(organization=acme.pk, status="1", opened_from="2026-03-20", q="x")
    page = BeautifulSoup(
        signed_in(manager).get(reverse("wagtail_portal_report"), given).content, "html.parser"
    )
    opened = page.select_one(".portal-totals a")
    assert opened.get_text() == "2"
    listed = signed_in(manager).get(opened["href"])
    assert [row.organization for row in listed.context["object_list"]] == [acme, acme]
    active = page.select(".portal-report-active li")
    assert [row.b.get_text() for row in active] == ["Acme"]
    without = signed_in(manager).get(active[0].a["href"])
    assert "Birk" in without.content.decode()


def test_invalid_filters_show_errors_and_no_report(manager, march):
    given = query(organization="999999999")
    response = signed_in(manager).get(reverse("wagtail_portal_report"), given)
    page = BeautifulSoup(response.content, "html.parser")
    assert response.context["report"] is None
    assert page.select_one("details.portal-report-filters[open] .error-message")


def test_filters_work_without_a_script(manager, march, acme):
    """What was typed is found when the form is sent to search."""
    factories.organization("Acme Labs")
    browser, url = signed_in(manager), reverse("wagtail_portal_report")
    page = BeautifulSoup(browser.get(url, query()).content, "html.parser")
    field = page.select_one("#id_organization")
    assert page.select_one('button[name="find"]')
    html = browser.get(url, query(**{field["name"]: "acm", "find": "page"})).content
    boxes = BeautifulSoup(html, "html.parser").select(
        'details[open] input[type=checkbox][name="organization"]'
    )
    assert [box.parent.get_text(strip=True) for box in boxes] == ["Acme", "Acme Labs"]
    # The only one that's found is chosen, also in the links.
    given = query(**{field["name"]: "birk", "find": "page"})
    page = BeautifulSoup(browser.get(url, given).content, "html.parser")
    opened = page.select_one(".portal-totals a")
    assert opened.get_text() == "2" and "organization=" in opened["href"]
    assert page.select_one(".portal-report-active b").get_text() == "Birk"


def test_chart_names_its_axes(manager, march):
    html = signed_in(manager).get(reverse("wagtail_portal_report"), query()).content
    chart = BeautifulSoup(html, "html.parser").select_one("svg.portal-chart")
    texts = [text.get_text() for text in chart.select("text")]
    assert {"Tickets", "Date", "0", "4", "03/01/2026", "03/31/2026"} <= set(texts)


def test_translations_of_a_form_are_one_group(manager, home, dana, settings):
    settings.WAGTAIL_I18N_ENABLED = True
    german = Locale.objects.get_or_create(language_code="de")[0]
    form = factories.form_page(home, title="Problem")
    translated = form.copy_for_translation(german, copy_parents=True)
    for page in (form, translated, translated):
        factories.ticket(dana, by=SYSTEM, at=at(2), form=page)
    html = signed_in(manager).get(reverse("wagtail_portal_report"), query(by="form")).content
    rows = BeautifulSoup(html, "html.parser").select("section:last-of-type tbody tr")
    assert [row.th.get_text() for row in rows] == ["Problem"]
    link = rows[0].select_one("a")
    assert link.get_text() == "3"
    listed = signed_in(manager).get(link["href"])
    assert listed.context["paginator"].count == 3


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
    cells = BeautifulSoup(html, "html.parser").select(".portal-totals dd")
    assert cells[0].get_text(" ", strip=True).startswith("2 ")


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
