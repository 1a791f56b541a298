"""The list reads as many rows as it shows, and not as many as there are: PostgreSQL's plans.

Other databases have the same indexes, but there it would take too long to fill them.
"""

import json
import re
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from tests.pages.ticket_list.lists import designate
from tests.thorough import THOROUGH
from wagtail_portal.desk.tickets.tabs import TABS as TEAM_TABS
from wagtail_portal.models import Follower, Message, Role, Status, Ticket, TicketWords
from wagtail_portal.pages.ticket_list.menus import SCOPES, TABS

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="plans are PostgreSQL's, and so is the loader"
)

#: Tickets of one organization, within two years.
TICKETS = 100_000 if THOROUGH else 30_000
#: The other tables that grow with the tickets.
LARGE = {row._meta.db_table for row in (Ticket, Message, Follower, TicketWords)}
#: What one query of the list reads of each at most: a page, the newest tickets for the filters,
#: those up to the limit of each count, and those that are sorted.
MOST = 4000

#: As many words as a short message has. Of fewer, it would be cheaper to read all tickets.
BODY = " ".join(f"word{number}" for number in range(40))

#: The newest tickets, with a word that no other one has.
OUTAGE = 60

#: Filters of the list. The test adds each tab and each order, and fails if a filter is missing.
LISTS = [
    *("", "?page=2", "?period=all&page=3", "?tab=open&page=2", "?sort=subject&page=2"),
    *("?status=on-hold", "?requester={pk}", "?requester_name=dana", "?assignee=none"),
    *("?form={pk}", "?urgency=normal", "?f-severity=high", "?f-severity=high&period=all"),
    *("?active_from={day}&active_to={day}", "?opened_from={day}&opened_to={day}"),
    *("?status=on-hold&f-severity=high&sort=-subject", "?q=export&tab=open&sort=subject"),
    *("?q=export", "?q=export&period=all", "?q=zebra", "?q=zebra&period=all", "?q=exp"),
    *("?q=zebra+export", "?q=nothing", "?q=outage", "?q=outage&period=all"),
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
        ticket = factories.ticket(dana, subject=subject, body=BODY)
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
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TicketWords._meta.db_table} SET words = words || 'outage'::tsvector"  # noqa: S608
            f" WHERE ticket_id IN (SELECT id FROM {Ticket._meta.db_table}"
            f" WHERE number BETWEEN 100001 AND {100_000 + OUTAGE})"
        )
    followed = Ticket.objects.exclude(requester=dana).order_by("pk")[:2000:100]
    Follower.objects.bulk_create([Follower(ticket=row, member=dana) for row in followed])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # As for solid-state disks. It would be cheaper to read such small tables whole.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    return factories.member(acme, role=Role.ADMIN), dana


def missing(filters, queries) -> list[str]:
    """Return the filters that none of the queries has."""
    params = "&".join(queries).replace("?", "&")
    return [name for name in filters if not re.search(f"&{name}(_from)?=", params)]


@contextmanager
def only_reads_pages(which, role=""):
    """Fail if a query reads more rows of a large table than a page needs."""
    with CaptureQueriesContext(connection) as captured:
        yield
    read = rows_read(captured.captured_queries)
    assert max(read.values()) <= MOST, (which, role, read)


def test_lists_read_only_what_they_show(many, as_member):
    day = timezone.localdate() - timedelta(days=30)
    for member in many:
        browser = as_member(member)
        shown = browser.get("/support/").context["list"]
        assert missing(shown.filters.names, LISTS) == []
        tabs = [
            f"?scope={scope}&tab={tab}&period={period}"
            for scope in SCOPES
            for tab in TABS
            for period in ("", "all")
        ]
        orders = [
            f"?sort={sign}{name}{more}"
            for name in shown.order.columns
            for sign in ("", "-")
            for more in ("", "&period=all")
        ]
        for query in [*LISTS, *tabs, *orders]:
            path = "/support/" + query.format(pk=many[1].pk, day=day)
            with only_reads_pages(query, member.role.key):
                page = browser.get(path)
            assert page.status_code == 200, path


#: Filters of the inbox. The test adds each tab and each order, and fails if a filter is missing.
INBOXES = [
    *("", "?p=3", "closed/?p=3", "?assignee=null", "?group=null", "?organization={acme}"),
    *("?requester={pk}", "?form={pk}", "?status={pk}", "?state=on_hold", "?urgency=normal"),
    *("?channel=form", "?f-severity=high", "?replied=true", "?rating=bad", "?open_on={day}"),
    *("?opened_from={day}&opened_to={day}", "?closed_from={day}&closed_to={day}"),
    *("?changed_from={day}&changed_to={day}", "?rated_from={day}&rated_to={day}"),
    *("?organization={acme}&urgency=normal&channel=form&f-severity=high", "?testapp_language=fr"),
    *("?q=export", "closed/?q=export", "?q=export&organization={acme}"),
    # Among fewer tickets, the best plan for a rare word is to read all of them.
    *(["?q=100777", "?q=nothing", "?q=outage"] if THOROUGH else []),
]


def test_inbox_reads_only_what_it_shows(many):
    _admin, member = many
    browser = signed_in(factories.agent())
    day = timezone.localdate() - timedelta(days=30)
    view = browser.get(ticket_url("list")).context["view"]
    assert missing(view.filters.filters, INBOXES) == []
    orders = [
        f"{tab}/?ordering={order}"
        for tab in TEAM_TABS
        for order in browser.get(ticket_url("view", tab)).context["view"].get_valid_orderings()
    ]
    for query in [*INBOXES, *(f"{tab}/" for tab in TEAM_TABS), *orders]:
        tab, _mark, params = query.partition("?")
        path = ticket_url("view", tab.strip("/")) if tab else ticket_url("list")
        params = params.format(pk=member.pk, acme=member.organization_id, day=day)
        with only_reads_pages(query):
            page = browser.get(f"{path}?{params}")
        assert page.status_code == 200, query
