"""A receiver that's killed at random points of its work: each email is added exactly once.

The email server delivers an email again until the receiver has confirmed it, and sometimes once
more after that. A seeded random generator decides who is killed, and when. Nothing waits for time
to pass.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from tests import factories
from tests.serving import TIMEOUT
from tests.thorough import THOROUGH
from wagtail_portal.models import (
    Attachment,
    Message,
    Notification,
    ReceivedEmail,
    ReceivedState,
    portal_storage,
)
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX

ROOT = Path(__file__).parents[2]
EMAILS = 1000 if THOROUGH else 40
#: Longer than a claim is valid, so that the claims of killed processes have expired.
ROUND = 20
#: Emails that are handed over in one connection, and calls of functions that this takes at most.
AT_ONCE, CALLS = 8, 400_000

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.long,
]


@pytest.fixture
def confirmed(tmp_path) -> Path:
    """Where receivers note the emails that they've confirmed to the email server."""
    file = tmp_path / "confirmed"
    file.touch()
    return file


@pytest.fixture
def run(transactional_db, confirmed):
    """Return ``run(*jobs)``, which runs the jobs concurrently, each in its own process, and returns
    how many were killed."""
    keys = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = {key: connection.settings_dict.get(key) or "" for key in keys}
    database["OPTIONS"] = database["OPTIONS"] or {}
    given = {
        "database": {**database, "NAME": str(database["NAME"])},
        "storage": str(portal_storage().location),
        "portal": {"REPLIES_PER_HOUR": 0, "TICKETS_PER_HOUR": 0},
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.incoming.receiver_processes"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PROOF": json.dumps(given, default=str),
            "CONFIRMED": str(confirmed),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"

    def run(*jobs) -> int:
        process.stdin.write(json.dumps(jobs) + "\n")
        process.stdin.flush()
        ends = list(json.loads(process.stdout.readline()).values())
        # Only a kill may end a process early.
        assert set(ends) <= {0, signal.SIGKILL}
        return ends.count(signal.SIGKILL)

    yield run
    process.stdin.close()
    process.wait(TIMEOUT)
    process.stdout.close()


def test_each_email_is_added_once_although_receivers_are_killed(
    incoming, acme, run, confirmed, record_property
):
    agent = factories.agent()
    dana = factories.member(acme, "dana@acme.example")
    tickets = [factories.ticket(dana, assignee=agent, notify=False) for _number in range(4)]
    Notification.objects.all().delete()
    before = Message.objects.count()
    to = [sign_reply_address(MAILBOX, ticket.number, dana.pk) for ticket in tickets]

    def deliver(numbers):
        return {"do": "deliver", "emails": [(number, to[number % 4]) for number in numbers]}

    def done() -> set[int]:
        return set(map(int, confirmed.read_text().split()))

    dice, minutes, killed, again = random.Random(25), 0, 0, 0
    while waiting := sorted(set(range(EMAILS)) - done()):
        batch = waiting[:AT_ONCE]
        # The email server didn't hear some of the confirmations.
        repeated = dice.sample(sorted(done()), min(2, len(done())))
        again += len(repeated)
        jobs = [deliver([*batch, *repeated]), deliver(batch[::-1]), {"do": "process"}]
        for job in jobs:
            job |= {"minutes": minutes, "calls": dice.randint(1, CALLS)}
        killed += run(*jobs)
        minutes += ROUND
    for _try in range(20):
        if not ReceivedEmail.objects.filter(state=ReceivedState.WAITING).exists():
            break
        run({"do": "process", "minutes": minutes, "calls": 0})
        minutes += ROUND

    assert ReceivedEmail.objects.count() == EMAILS
    assert not ReceivedEmail.objects.exclude(state=ReceivedState.ADDED).exists()
    assert all(portal_storage().exists(row.raw.name) for row in ReceivedEmail.objects.all())
    added = Counter(Message.objects.order_by("pk")[before:].values_list("body", flat=True))
    assert added == Counter({f"Number {number}.": 1 for number in range(EMAILS)})
    files = Counter(Attachment.objects.values_list("name", flat=True))
    assert files == Counter({f"{number}.txt": 1 for number in range(0, EMAILS, 4)})
    # The agent was notified of each once.
    assert Notification.objects.filter(recipient=agent).count() == EMAILS

    # The test is only meaningful if this has happened.
    assert killed >= EMAILS // 10 and again
    record_property("killed", killed)
    print(f"{killed} receivers killed, {again} emails delivered once more")
