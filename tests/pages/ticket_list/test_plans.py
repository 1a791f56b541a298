"""The list reads as many rows as it shows, and not as many as there are: PostgreSQL's plans.

Other databases have the same indexes, but there it would take too long to fill them.
"""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from tests.pages.ticket_list.lists import designate
from wagtail_portal.models import Follower, Message, Role, Status, Ticket

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="plans are PostgreSQL's, and so is the loader"
)

#: Tickets of one organization, within two years.
TICKETS = 30_000
#: The other tables that grow with the tickets.
LARGE = {row._meta.db_table for row in (Ticket, Message, Follower)}
#: What one query of the list reads of each at most: a page, the newest tickets for the filters,
#: those up to the limit of each count, and those that are sorted.
MOST = 4000

LISTS = [
    *("", "?page=2", "?period=all", "?scope=mine", "?scope=followed"),
    *("?tab=needs-reply", "?tab=open", "?tab=closed", "?tab=open&period=all"),
    *("?sort=updated", "?sort=subject", "?sort=-subject", "?sort=status", "?sort=f-severity"),
    *("?sort=-opened&period=all", "?sort=urgency&tab=closed", "?sort=assignee", "?sort=form"),
    *("?status=on-hold", "?requester={pk}", "?f-severity=high"),
    *("?active_from={day}&active_to={day}", "?opened_from={day}&opened_to={day}"),
    *("?q=export", "?q=zebra", "?q=zebra&period=all"),
]


def copy(row, source: str, **changes):
    """Insert a copy of ``row`` for each row of a query, which has the column ``n``.

    :param changes: SQL for some of the columns.
    """
    table, quote = row._meta.db_table, connection.ops.quote_name
    columns = {
        field.column: str(changes.get(field.column, f"t.{quote(field.column)}"))
        for field in row._meta.concrete_fields
        if not field.generated and field != row._meta.auto_field
    }
    names, values = ", ".join(map(quote, columns)), ", ".join(columns.values())
    key = f"t.{quote(row._meta.pk.column)} = {row.pk}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names})"  # noqa: S608 - of this module
            f" SELECT {values} FROM {table} t, ({source}) s WHERE {key}"
        )


def rows_read(queries) -> Counter:
    """Return how many rows each of the queries reads of the large tables, at most."""
    most = Counter()
    for query in queries:
        if not query["sql"].startswith("SELECT"):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"])
            found = cursor.fetchone()[0]
        plan = json.loads(found) if isinstance(found, str) else found
        for table, number in _read(plan[0]["Plan"]).items():
            most[table] = max(most[table], number)
    return most


def _read(node) -> Counter:
    found = Counter()
    if (table := node.get("Relation Name")) in LARGE:
        parts = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        found[table] = sum(node.get(part, 0) for part in parts) * node["Actual Loops"]
    for child in node.get("Plans", ()):
        found += _read(child)
    return found


@pytest.fixture
def many(home, acme, dana):
    """Return an admin and an ordinary member of an organization with many tickets."""
    severity = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    designate(home, severity, "urgency", "opened", "assignee", "form", as_filter=True)
    others = [factories.member(acme).pk for _number in range(40)]
    statuses = {row.key: row.pk for row in Status.objects.all()}
    start, step = timezone.now() - timedelta(days=1), timedelta(days=730) / TICKETS
    for subject, share, base in (("Export", 0.99, 100_000), ("Zebra", 0.01, 200_000)):
        ticket = factories.ticket(dana, subject=subject)
        at = f"'{start.isoformat()}'::timestamptz - n * interval '{step.total_seconds() / share} s'"
        copy(
            ticket,
            f"SELECT generate_series(1, {TICKETS * share:.0f}) AS n",
            number=f"{base} + n",
            submission_key="NULL",
            requester_id=f"CASE WHEN n % 1000 = 0 THEN {dana.pk}"
            f" ELSE (ARRAY{others})[1 + n % {len(others)}] END",
            status_id=f"CASE WHEN n % 400 = 0 THEN {statuses['on-hold']}"
            f" WHEN n < 300 AND n % 3 = 0 THEN {statuses['waiting-on-customer']}"
            f" ELSE {statuses['closed']} END",
            updated_at=at,
            team_updated_at=at,
            opened_at=at,
            closed_at=f"CASE WHEN n % 400 = 0 OR n < 300 AND n % 3 = 0 THEN NULL ELSE {at} END",
            private="n % 50 = 0",
            **{"values": "jsonb_build_object('severity', CASE WHEN n % 2 = 0 THEN 'high' END)"},
        )
        made = Ticket.objects.filter(number__gt=base, number__lt=base + 100_000)
        made = f"SELECT id AS n FROM ({made.order_by().values('id').query}) made"  # noqa: S608
        copy(ticket.messages.get(), made, ticket_id="n", submission_key="NULL")
        copy(ticket.words, made, ticket_id="n")
    followed = Ticket.objects.exclude(requester=dana).order_by("pk")[:2000:100]
    Follower.objects.bulk_create([Follower(ticket=row, member=dana) for row in followed])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # As for solid-state disks. It would be cheaper to read such small tables whole.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    return factories.member(acme, role=Role.ADMIN), dana


def test_lists_read_only_what_they_show(many, as_member):
    day = timezone.localdate() - timedelta(days=30)
    for member in many:
        browser = as_member(member)
        browser.get("/support/")
        for query in LISTS:
            path = "/support/" + query.format(pk=many[1].pk, day=day)
            with CaptureQueriesContext(connection) as captured:
                page = browser.get(path)
            assert page.status_code == 200, path
            read = rows_read(captured.captured_queries)
            assert max(read.values()) <= MOST, (member.role.key, path, read)


#: Without searches: among so few tickets, reading all of them is the best plan for those.
INBOXES = [
    *("", "mine/", "unassigned/", "waiting-on-us/", "waiting-on-customer/", "on-hold/", "snoozed/"),
    *("closed/", "?p=3", "?ordering=number", "?ordering=-number", "?ordering=team_updated_at"),
    *("waiting-on-us/?ordering=waiting_since", "waiting-on-us/?ordering=-waiting_since"),
    *("?assignee=null", "?organization={organization}", "?requester={pk}", "?f-severity=high"),
    *("?opened_from={day}&opened_to={day}", "?closed_from={day}&closed_to={day}"),
    *("?open_on={day}", "?replied=true", "?rating=bad", "?group=null"),
]


def test_inbox_reads_only_what_it_shows(many):
    _admin, member = many
    browser, desk = signed_in(factories.agent()), ticket_url("list")
    day = timezone.localdate() - timedelta(days=30)
    for query in INBOXES:
        tab, _mark, params = query.partition("?")
        path = ticket_url("view", tab.strip("/")) if tab else desk
        params = params.format(pk=member.pk, organization=member.organization_id, day=day)
        with CaptureQueriesContext(connection) as captured:
            page = browser.get(f"{path}?{params}")
        assert page.status_code == 200, query
        read = rows_read(captured.captured_queries)
        assert max(read.values()) <= MOST, (query, read)
