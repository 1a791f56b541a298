"""Receive and process emails in forked processes that are killed after a number of function calls.

The protocol is that of :mod:`tests.notifications.delivery.worker_processes`.
"""

import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.db import connections

from tests.incoming.emails import email, multipart, part
from tests.notifications.delivery.worker_processes import clock, main


def raw_email(number: int, to: str) -> bytes:
    """Return the email with this number: some open a ticket, some have a file."""
    text, key = f"Number {number}.", f"<{number}@acme.example>"
    given = {"to": to, "results": "", "message_id": key, "subject": f"Email {number}"}
    if number % 4:
        return email(text, **given)
    file = part(text, "text/plain", f'Content-Disposition: attachment; filename="{number}.txt"')
    return multipart("mixed", part(text), file, **given)


def prepare() -> None:
    """Set up Django for the test's database and storage."""
    given = json.loads(os.environ["PROOF"])
    settings.DATABASES = {"default": given["database"]}
    settings.LOGGING = {"version": 1, "disable_existing_loggers": True}
    settings.STORAGES["portal"]["OPTIONS"]["location"] = given["storage"]
    settings.WAGTAIL_PORTAL = given["portal"]
    # What happens to the notifications isn't the subject.
    dummy = "django.core.mail.backends.dummy.EmailBackend"
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": dummy}}
    else:
        settings.EMAIL_BACKEND = dummy
    django.setup()
    from wagtail_portal import actions

    actions.process_emails(most=1)
    connections.close_all()


def work(job) -> None:
    """Do one job, and die after so many calls of functions."""
    from wagtail_portal import actions

    clock.ahead = timedelta(minutes=job["minutes"])
    left = job["calls"]

    def die(frame, event, argument):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    confirmed = os.open(Path(os.environ["CONFIRMED"]), os.O_WRONLY | os.O_APPEND)
    if left:
        sys.setprofile(die)
    if job["do"] == "process":
        actions.process_emails(most=100)
        return
    for number, to in job["emails"]:
        actions.receive_email(raw_email(number, to), envelope_to=[to])
        os.write(confirmed, f"{number}\n".encode())


if __name__ == "__main__":
    main(prepare, work)
