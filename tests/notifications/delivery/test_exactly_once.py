"""Hundreds of replies, an email server that breaks in every way, and processes that are killed.

In the end, every email was delivered, and none twice except those whose connection was cut between
the server's acceptance and our record of it. These are counted and have the same Message-ID.

Nothing here waits for time to pass: the processes share a clock that the test sets forward, and a
seeded random generator decides who is killed, where, and what breaks.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from django.db import connection

from tests import factories
from tests.notifications.delivery.smtp_server import Server
from tests.serving import TIMEOUT
from tests.thorough import THOROUGH
from wagtail_portal.models import Delivery, Message, Notification

ROOT = Path(__file__).parents[3]
ACTIONS = 1000 if THOROUGH else 150
#: Longer than a claim is valid, so that the claims of killed processes have expired.
ROUND = 20

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.long,
]


@pytest.fixture
def server():
    server = Server(random.Random(20261123))
    server.up()
    yield server
    server.down()
    server.claim.close()


@pytest.fixture
def run(server, transactional_db):
    """Return ``run(*jobs)``, which runs the jobs concurrently, each in its own process, and returns
    the exit statuses."""
    keys = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = {key: connection.settings_dict.get(key) or "" for key in keys}
    database["OPTIONS"] = database["OPTIONS"] or {}
    given = {
        "database": {**database, "NAME": str(database["NAME"])},
        "port": server.port,
        "portal": {"EMAILS_PER_TICKET": 0, "EMAILS_PER_ADDRESS": 0},
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.delivery.worker_processes"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PROOF": json.dumps(given, default=str),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"

    def run(*jobs):
        process.stdin.write(json.dumps(jobs) + "\n")
        process.stdin.flush()
        ends = json.loads(process.stdout.readline())
        # Only a kill may end a process early: a failing email server is no error of the process.
        assert set(ends.values()) <= {0, signal.SIGKILL}
        server.killed.update(int(pid) for pid, end in ends.items() if end)
        return list(ends.values())

    yield run
    process.stdin.close()
    process.wait(TIMEOUT)
    process.stdout.close()


def test_every_email_arrives_once_unless_the_connection_was_cut(
    home, acme, server, run, record_property
):
    agent = factories.agent()
    for _number in range(5):
        member = factories.member(acme)
        factories.ticket(member, assignee=agent, notify=False)

    dice, minutes, ends, silences = random.Random(7), 0, [], 0
    while actions_done() < ACTIONS:
        # Sometimes the server is down completely.
        down = dice.random() < 0.15
        if down:
            silences += 1
            server.down()
        jobs = [{"do": "act", "number": 60, "of": ACTIONS}, {"do": "sweep"}, {"do": "sweep"}]
        for job in jobs:
            job |= {"minutes": minutes, "statements": dice.randint(1, 2500)}
        ends += run(*jobs)
        if down:
            server.up()
        minutes += ROUND

    server.unreliable = False
    for _try in range(40):
        jobs = [{"do": "sweep", "minutes": minutes, "statements": 0}] * 2
        run(*jobs)
        if not Notification.objects.undelivered().exists():
            break
        minutes += ROUND

    assert Notification.objects.filter(state=Delivery.SENT).count() == ACTIONS
    arrived = defaultdict(list)
    for mail in server.accepted:
        arrived[mail.number].append(mail)
    assert set(arrived) == set(range(ACTIONS))

    last_of = {mail.pid: mail for mail in server.accepted}
    doubles = 0
    for copies in arrived.values():
        assert len({mail.message_id for mail in copies}) == 1
        for mail in copies[:-1]:
            died_with_it = mail.pid in server.killed and last_of[mail.pid] is mail
            assert mail.unheard or died_with_it, "sent twice without need"
            doubles += 1
    assert len({copies[0].message_id for copies in arrived.values()}) == ACTIONS

    # The test is only meaningful if all of this has happened.
    killed = ends.count(signal.SIGKILL)
    assert killed > ACTIONS // 50 and doubles >= ACTIONS // 100 and silences
    assert min(server.troubles[name] for name in ("refuse", "drop", "slow")) >= ACTIONS // 100
    record_property("killed", killed)
    record_property("sent twice, cut", doubles)
    print(f"{killed} processes killed, {doubles} emails cut and sent twice, {server.troubles}")
    print(f"{silences} times nobody listened")


def actions_done() -> int:
    return Message.objects.exclude(submission_key=None).count()
