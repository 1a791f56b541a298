"""How many emails a second one process stores, and how many it adds to tickets.

    python benchmarks/receive.py [emails]

Fills a test database, in a transaction that's rolled back. Prints emails per second of the
processor, which a busy machine doesn't change. The goal is 100 a second through ``receive_email``
without attachments.
"""

import os
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = "It's stuck again: {}.\n\n-- \nDana\n\nOn Mon, Oct 5, 2026, Robin wrote:\n> Try again.\n"


def measure(name: str, count: int, work) -> None:
    """Print how often ``work`` is done per second of the processor. It takes a number."""
    start = time.process_time()
    for number in range(count):
        work(number)
    seconds = time.process_time() - start
    print(f"{name:10} {count / seconds:6.0f} a second, {seconds * 1000 / count:5.1f} ms each")


def main(count: int) -> None:
    """Receive and process emails, each a reply to the same ticket."""
    import django

    django.setup()
    from django.db import transaction
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    from tests import factories
    from tests.incoming.emails import email
    from wagtail_portal import actions
    from wagtail_portal.models import PortalSettings, ReceivedEmail, ReceivedState
    from wagtail_portal.utils.received_email import parse_email
    from wagtail_portal.utils.reply_addresses import sign_reply_address

    setup_test_environment()
    old = setup_databases(verbosity=0, interactive=False)
    try:
        with transaction.atomic():
            home = factories.portal_home()
            member = factories.member(factories.organization("Acme"), "dana@acme.example")
            ticket = factories.ticket(member)
            settings = PortalSettings.for_site(home.get_site())
            settings.incoming_address = "support@company.example"
            settings.save()
            to = sign_reply_address(settings.incoming_address, ticket.number, member.pk)
            raws = [
                email(TEXT.format(number), to=to, results="", message_id=f"<{number}@acme.example>")
                for number in range(count)
            ]
            measure("parsed", count, lambda number: parse_email(raws[number]))
            measure("received", count, lambda number: actions.receive_email(raws[number]))
            keys = list(ReceivedEmail.objects.values_list("pk", flat=True))
            some = min(count, 100)
            measure("processed", some, lambda number: actions.process_email(keys[number]))
            added = ReceivedEmail.objects.filter(state=ReceivedState.ADDED).count()
            print(f"{added} of {some} were added to the ticket.")
            transaction.set_rollback(True)
    finally:
        teardown_databases(old, verbosity=0)
    # Linux counts it in kilobytes.
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB of memory at most")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
