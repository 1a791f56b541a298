"""How PostgreSQL finds the first page of a search among many tickets.

    DATABASE_URL=postgres://… python benchmarks/search.py [tickets]

Fills a test database like ``ticket_list.py``, and each ticket with forty words. One of them occurs
in a third of all tickets, one in a tenth of a per cent, one in three tickets, one in the older half
alone. Prints how long the first page of each takes, and how many times as long as the page without
a search; it fails when a search finds what it should not.
"""

import os
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORDS = [f"word{number}" for number in range(20_000)]


def fill_words(count: int):
    """The words of every ticket; they come in the order in which they were opened, newest first."""
    from django.db import connection

    from wagtail_portal.models import Ticket, TicketWords

    def rows():
        # Not for secrets: the same words on every run.
        choice = random.Random(1)  # noqa: S311
        for place, pk in enumerate(Ticket.objects.order_by("number").values_list("pk", flat=True)):
            words = {min(choice.choice(WORDS), choice.choice(WORDS)) for _time in range(40)}
            if place % 3 == 0:
                words.add("common")
            if place % 1000 == 7:
                words.add("seldom")
            if place in (5, count // 2 // 5 * 5, count // 5 * 5 - 5):
                words.add("rarest")
            if place > count // 2 and place % 2:
                words.add("bygone")
            yield TicketWords(ticket_id=pk, words=f" {' '.join(sorted(words))} ")

    TicketWords.objects.all().delete()
    batch = []
    for row in rows():
        batch.append(row)
        if len(batch) == 5000:
            TicketWords.objects.bulk_create(batch)
            batch = []
    TicketWords.objects.bulk_create(batch)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def main():
    import django

    django.setup()
    from django.db import connection
    from django.http import QueryDict
    from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases

    from benchmarks.ticket_list import fill
    from wagtail_portal.models import PortalSettings
    from wagtail_portal.pages.ticket_list import TicketList
    from wagtail_portal.pages.ticket_list.search import TextSearch

    if connection.vendor != "postgresql":
        sys.exit("This is about PostgreSQL: set DATABASE_URL.")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 120_000
    old = setup_databases(verbosity=0, interactive=False)
    wrong = []
    try:
        home, _severity, admin, member = fill(count)
        fill_words(count)
        settings = PortalSettings.for_site(home.get_site())
        for who, person in (("admin", admin), ("member", member)):
            usual = None
            for typed in (
                "",
                "common",
                "commo",
                "seldom",
                "rarest",
                "bygone",
                "word1 word2",
                "xyz",
            ):
                times, found = [], None
                for _try in range(3):
                    query = QueryDict(f"period=all&q={typed}")
                    search = TextSearch(person, typed, settings)
                    found = TicketList(person, settings, query, lambda ticket: "/", search)
                    with CaptureQueriesContext(connection) as captured:
                        start = time.perf_counter()
                        rows = found.rows
                        times.append(time.perf_counter() - start)
                usual = usual or min(times)
                print(
                    f"{who:6} {typed or '(no search)':12} {min(times) * 1000:7.1f} ms,"
                    f" {min(times) / usual:5.1f} times, {len(rows)} rows, {len(captured)} queries",
                    flush=True,
                )
                if (typed == "xyz") == bool(rows):
                    wrong.append((who, typed))
    finally:
        teardown_databases(old, verbosity=0)
    if wrong and ("admin", "xyz") in wrong:
        sys.exit(f"Found what is not there: {wrong}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main()
