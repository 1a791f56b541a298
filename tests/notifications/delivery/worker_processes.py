"""Load Django once, then fork processes that reply and send emails until something kills them.

Each line on standard input is a JSON list of jobs to run concurrently. When all have ended, a line
with their process IDs and exit statuses is written.
"""

import gc
import json
import os
import signal
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.db import connections
from django.utils import timezone

KEYS = uuid.UUID("6f1f3a0e-7d0c-4c39-9a55-6a2f0d2c9b11")


class Clock:
    """A clock shared by all processes: the time plus the hours that the test says have passed."""

    ahead = timedelta()
    _now = staticmethod(timezone.now)

    def __call__(self):
        return self._now() + self.ahead


clock = timezone.now = Clock()


def prepare() -> None:
    """Set up Django for the test's database and email server."""
    given = json.loads(os.environ["PROOF"])
    settings.DATABASES = {"default": given["database"]}
    settings.LOGGING = {"version": 1, "disable_existing_loggers": True}
    host = {"host": "127.0.0.1", "port": given["port"], "timeout": 10}
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": host}}
    else:
        settings.EMAIL_BACKEND = smtp
        settings.EMAIL_HOST, settings.EMAIL_PORT = host["host"], host["port"]
        settings.EMAIL_TIMEOUT = host["timeout"]
    settings.WAGTAIL_PORTAL = given["portal"]
    django.setup()
    warm_up()


def warm_up() -> None:
    """Load what every process would otherwise load for its first email."""
    from django.template.loader import get_template
    from django.urls import get_resolver
    from django.utils.translation import gettext

    from wagtail_portal import notifications
    from wagtail_portal.notifications import outbox
    from wagtail_portal.utils.timezones import time_zones

    gettext("Support")
    time_zones()
    get_resolver().reverse_dict  # noqa: B018
    for path in Path(notifications.__path__[0]).parent.glob("templates/wagtail_portal/email/*"):
        get_template(f"wagtail_portal/email/{path.name}")
    outbox.send_due()
    connections.close_all()
    # A child lives for a second. Garbage collection would copy everything it inherits.
    gc.collect()
    gc.freeze()
    gc.disable()


def work(job) -> None:
    """Do one job in a separate process, which may be killed at a certain SQL statement."""
    from django.db import connection

    clock.ahead = timedelta(minutes=job["minutes"])
    DNS_NAME._fqdn = f"pid-{os.getpid()}"
    left = job["statements"]

    def die(execute, *args):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*args)

    with connection.execute_wrapper(die):
        if job["do"] == "sweep":
            from wagtail_portal.notifications.outbox import send_due

            send_due()
        else:
            act(job["number"], job["of"])


def act(number: int, of: int) -> None:
    """Add the team's next replies, each to another ticket. Replies that already exist stay."""
    from wagtail_portal import actions
    from wagtail_portal.models import Message, Ticket
    from wagtail_portal.permissions import Actor

    tickets = list(Ticket.objects.order_by("pk"))
    begin = Message.objects.exclude(submission_key=None).count()
    for count in range(begin, min(begin + number, of)):
        actions.reply(
            tickets[count % len(tickets)],
            by=Actor.for_agent(tickets[0].assignee),
            body=f"No. {count}",
            submission_key=uuid.uuid5(KEYS, str(count)),
        )


def main(prepare, work) -> None:
    """Fork a process for each job.

    :param prepare: sets up Django.
    :param work: does a job.
    """
    prepare()
    print("ready", flush=True)
    for line in sys.stdin:
        born = []
        for job in json.loads(line):
            pid = os.fork()
            if pid == 0:
                try:
                    work(job)
                except BaseException:
                    sys.excepthook(*sys.exc_info())
                    os._exit(1)
                os._exit(0)
            born.append(pid)
        ends = {pid: os.waitpid(pid, 0)[1] for pid in born}
        print(json.dumps(ends), flush=True)


if __name__ == "__main__":
    main(prepare, work)
