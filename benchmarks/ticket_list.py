"""How PostgreSQL finds the first page of the customers' list among many tickets.

    DATABASE_URL=postgres://… python benchmarks/ticket_list.py [tickets]

Fills a test database, and prints the plan and the time of each query of the list. It fails when the
usual order is not read from the index made for it; times are for people to judge.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INDEX = "portal_ticket_organization"


def fill(count: int):
    """One large organization with a fifth of all tickets, and forty small ones."""
    from django.utils import timezone

    from tests import factories
    from wagtail_portal.models import Message, Role, Status, Ticket

    home = factories.portal_home()
    severity = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    large, *small = (factories.organization() for _number in range(41))
    people = [factories.member(large) for _number in range(20)]
    admin = factories.member(large, role=Role.ADMIN)
    others = [factories.member(organization) for organization in small]
    statuses, now, site = list(Status.objects.all()), timezone.now(), home.get_site()

    def tickets():
        for number in range(count):
            requester = (
                people[number // 5 % len(people)]
                if number % 5 == 0
                else others[number % len(others)]
            )
            at = now - timedelta(minutes=number * 7)
            recent = number < count // 100
            yield Ticket(
                number=number + 1001,
                site=site,
                organization_id=requester.organization_id,
                requester=requester,
                subject=f"Ticket {number}",
                status=statuses[number % 5] if recent else statuses[-1],
                values={"severity": "high" if number % 7 else "low"},
                opened_at=at,
                updated_at=at,
                team_updated_at=at,
            )

    Ticket.objects.bulk_create(tickets(), batch_size=2000)
    Message.objects.bulk_create(
        (
            Message(ticket_id=pk, body="x", from_team=True, created_at=at)
            for pk, at in Ticket.objects.values_list("pk", "updated_at").iterator()
        ),
        batch_size=2000,
    )
    return home, severity, admin, people[0]


def main():
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.db import connection
    from django.http import QueryDict
    from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases

    from tests.pages.ticket_list.lists import designate
    from wagtail_portal.models import PortalSettings
    from wagtail_portal.pages.ticket_list import TicketList

    if connection.vendor != "postgresql":
        sys.exit("This is about PostgreSQL: set DATABASE_URL.")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 120_000
    old = setup_databases(verbosity=0, interactive=False)
    try:
        home, severity, admin, member = fill(count)
        designate(home, severity, as_filter=True)
        settings = PortalSettings.for_site(home.get_site())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        asked = ["", "tab=open", "tab=needs-reply", "f-severity=low", "sort=f-severity", "page=40"]
        by_index = True
        for who, person in (("admin", admin), ("member", member)):
            for query in asked:
                found = TicketList(person, settings, QueryDict(query), lambda ticket: "/")
                with CaptureQueriesContext(connection) as captured:
                    start = time.perf_counter()
                    _rows, _choices = found.rows, found.choices
                    passed = time.perf_counter() - start
                print(f"\n== {who} ?{query}: {passed * 1000:.0f} ms, {len(captured)} queries")
                with connection.cursor() as cursor:
                    for number, row in enumerate(captured):
                        cursor.execute("EXPLAIN (ANALYZE, SUMMARY) " + row["sql"])
                        plan = "\n".join(line for (line,) in cursor.fetchall())
                        used = INDEX in plan
                        print(f"-- index {'used' if used else 'NOT used'};", plan.split("\n")[-1])
                        if "-v" in sys.argv:
                            print(plan)
                        if query == "" and number == 0:
                            # The rows themselves, in the usual order.
                            by_index = by_index and used
        if not by_index:
            sys.exit(f"The usual order is not read from {INDEX}.")
    finally:
        teardown_databases(old, verbosity=0)


if __name__ == "__main__":
    main()
