"""Whether anything is lost or done twice when processes are killed while customers write.

    python -m benchmarks.kill [--clients 4] [--processes 3] [--seconds 30] [--pause 0.5] [--seed 1]

Runs the demo like ``load.py``. Web processes and workers are killed (SIGKILL) at random moments and
started again, while customers open tickets and reply, sometimes with a file. A customer whose
request fails sends it again, as a browser does when the page is reloaded. Afterwards:

- each confirmed request must have left exactly one message or ticket, with its file, and a failed
  one at most one;
- each message must have notified someone, and each notification must have been sent;
- an email may only have been sent twice, with the same Message-ID, if a process was killed between
  the email server's confirmation and the note of it. There can't be more of them than kills.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import requests

from benchmarks.running_site import RunningSite, running_site
from tests.http_browser import Browser

ATTEMPTS = 20


class Client(threading.Thread):
    """A customer who writes one message after another."""

    def __init__(self, name: str, browser: Browser, until: float):
        super().__init__()
        self.name, self.browser, self.until = name, browser, until
        #: What was confirmed and what wasn't, by the text; tickets of the confirmed ones.
        self.confirmed: dict[str, str] = {}
        self.unconfirmed: list[str] = []
        self.files: set[str] = set()
        self.answers: Counter = Counter()

    def run(self):
        number, ticket = 0, ""
        while time.monotonic() < self.until:
            text = f"{self.name} writes {number} {uuid.uuid4()}"
            if number % 4 == 0 or not ticket:
                data = {"subject": text, "description": text}
                ticket = self.send(text, "/support/billing/", data) or ticket
            else:
                file = number % 4 == 1
                if file:
                    self.files.add(text)
                files = {"attachments": ("log.txt", text.encode())} if file else None
                self.send(text, f"{ticket}reply/", {"body": text}, files)
            number += 1

    def send(self, text: str, path: str, data: dict, files=None) -> str:
        """Send a form until it's confirmed, and return the URL of the ticket."""
        data["submission_key"] = str(uuid.uuid4())
        for _attempt in range(ATTEMPTS):
            try:
                response = self.browser.request("POST", path, data=data, files=files)
            except requests.RequestException:
                self.answers["none"] += 1
                continue
            self.answers[response.status_code] += 1
            if response.status_code == 302:
                ticket = response.headers["Location"].partition("?")[0].partition("#")[0]
                self.confirmed[text] = ticket
                return ticket
        self.unconfirmed.append(text)
        return ""


class Killer(threading.Thread):
    """Kills a process at random moments."""

    def __init__(self, site: RunningSite, until: float, pause: float, seed: int):
        super().__init__()
        self.site, self.until, self.pause = site, until, pause
        self.dice = random.Random(seed)  # noqa: S311
        self.killed: Counter = Counter()

    def run(self):
        while time.monotonic() < self.until:
            time.sleep(self.dice.expovariate(1 / self.pause))
            with self.site.lock:
                pid = self.dice.choice(sorted(self.site.running))
                kind = self.site.running.pop(pid)
            os.kill(pid, signal.SIGKILL)
            self.killed[kind] += 1


def finish() -> None:
    """Do the remaining work, as workers would once the leases of the killed ones have ended."""
    from django.apps import apps
    from django.core.management import call_command
    from django.utils import timezone

    from wagtail_portal.models import Notification, SweepState

    for _round in range(10):
        past = timezone.now() - timedelta(seconds=1)
        SweepState.objects.update(claimed_until=None, due_at=past)
        Notification.objects.filter(claim__isnull=False).update(claimed_until=past, due_at=past)
        Notification.objects.undelivered().update(due_at=past)
        if apps.is_installed("django_tasks_db"):
            call_command("db_worker", batch=True, verbosity=0)
        call_command("portal_worker", once=True)
        if not Notification.objects.undelivered().exists():
            break


def check(site: RunningSite, clients: list[Client], kills: int, first: int) -> list[str]:
    """Print the counts and return what's wrong.

    :param first: the primary key of the newest notification before the run.
    """
    from wagtail_portal.actions import compare_files
    from wagtail_portal.models import Delivery, Message, Notification

    confirmed = {text: url for client in clients for text, url in client.confirmed.items()}
    unconfirmed = [text for client in clients for text in client.unconfirmed]
    files = set().union(*(client.files for client in clients))
    wrong, messages = [], {}
    for text in [*confirmed, *unconfirmed]:
        found = list(Message.objects.filter(body=text).select_related("ticket"))
        if len(found) > 1 or (text in confirmed and not found):
            wrong.append(f"{len(found)} messages: {text}")
        messages |= {message.pk: message for message in found}
    for message in messages.values():
        if message.body in files and message.attachments.count() != 1:
            wrong.append(f"{message.attachments.count()} files: {message.body}")
    orphans, missing = compare_files(older_than=timedelta(0))
    wrong += [f"file is missing: {name}" for name in missing]

    notifications = Notification.objects.filter(pk__gt=first)
    sent = notifications.filter(state=Delivery.SENT)
    notified = set(notifications.values_list("message_id", flat=True))
    wrong += [f"no one was notified: {messages[pk].body}" for pk in messages.keys() - notified]
    unsent = notifications.exclude(state=Delivery.SENT).count()
    if unsent:
        wrong.append(f"{unsent} notifications weren't sent")
    copies = Counter(
        message["Message-ID"] for message in site.mailbox.messages if message["Message-ID"]
    )
    expected = {f"<mail-{pk}.ticket-{ticket}@" for pk, ticket in sent.values_list("pk", "ticket")}
    arrived = {name.partition("@")[0] + "@" for name in copies}
    wrong += [f"never arrived: {name}" for name in expected - arrived]
    twice = sum(number - 1 for number in copies.values())
    if twice > kills:
        wrong.append(f"{twice} emails were sent twice, but only {kills} processes were killed")

    answers = sum((client.answers for client in clients), Counter())
    print("Answers:", ", ".join(f"{key}: {answers[key]}" for key in sorted(answers, key=str)))
    print(f"Confirmed: {len(confirmed)}; unconfirmed: {len(unconfirmed)}; stored: {len(messages)}")
    print(f"With a file: {len(files & confirmed.keys())}; files without a row: {len(orphans)}")
    print(f"Notifications sent: {sent.count()}; emails: {copies.total()}, {twice} of them copies")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pause", type=float, default=0.5, help="average seconds between kills")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with running_site(web=given.processes, workers=1) as site:
        from wagtail_portal.models import Notification

        browsers = site.customers(given.clients)
        newest = Notification.objects.order_by("-pk").first()
        site.mailbox.messages.clear()
        until = time.monotonic() + given.seconds
        clients = [
            Client(f"Customer {number}", browser, until) for number, browser in enumerate(browsers)
        ]
        killer = Killer(site, until, given.pause, given.seed)
        for thread in (*clients, killer):
            thread.start()
        for thread in (*clients, killer):
            thread.join()
        site.stop()
        finish()
        print("Killed:", ", ".join(f"{kind}: {killer.killed[kind]}" for kind in killer.killed))
        wrong = check(site, clients, killer.killed.total(), newest.pk if newest else 0)
    print("\n".join(wrong) or "Nothing was lost, and nothing was done twice.")
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
