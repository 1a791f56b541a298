"""A site in one process that reports what each request costs. :mod:`benchmarks.pages` starts it.

    DATABASE_URL=… python -m benchmarks.measured_server

The database is one of :mod:`benchmarks.load_tickets`. Prints a line of JSON with its URL and what
to request, and serves until its input ends. Each response has the header ``X-Cost``: queries, and
milliseconds of CPU of the web process and of its connection to PostgreSQL.
"""

import json
import os
import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.load_tickets import set_up
from tests.mailbox import open_mailbox

#: Messages of the longest conversations.
LENGTHS = (200, 2000)
#: Tickets, rows or emails that are handled to measure one of them.
REPEATED = 50


class Cost:
    """What a block of code costs: queries, and seconds of CPU here and in PostgreSQL."""

    def __init__(self):
        self.queries, self.python, self.database = 0, 0.0, 0.0

    @contextmanager
    def measured(self):
        """Add the cost of a block."""
        from django.db import connection

        def count(execute, *args):
            self.queries += 1
            return execute(*args)

        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        begin, begin_there = time.thread_time(), cpu_of(backend)
        with connection.execute_wrapper(count):
            yield
        self.python += time.thread_time() - begin
        if connection.connection is not None:
            self.database += cpu_of(backend) - begin_there

    def per(self, number: int) -> list[float]:
        """Return queries and milliseconds per item."""
        return [
            self.queries / number,
            self.python * 1000 / number,
            self.database * 1000 / number,
        ]


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def measuring(application):
    """Wrap a WSGI application so that its responses say what they cost."""

    def call(environ, start_response):
        cost, given = Cost(), []
        with cost.measured():
            response = application(environ, lambda *args: given.append(args))
            body = b"".join(response)
        # Work after the response belongs to no one's waiting time.
        response.close()
        status, headers, *_rest = given[-1]
        start_response(status, [*headers, ("X-Cost", json.dumps(cost.per(1)))])
        return [body]

    return call


def sign_in(user) -> str:
    """Return the key of a new session of a user."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def floor_page() -> str:
    """Return the path of an empty page behind login."""
    from wagtail.models import Page, PageViewRestriction, Site

    root = Site.objects.get(is_default_site=True).root_page
    page = root.get_children().filter(slug="floor").first()
    if page is None:
        page = root.add_child(instance=Page(title="Floor", slug="floor"))
        PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    return "/floor/"


def long_conversation(member, length: int) -> int:
    """Return the number of a ticket of ``member`` with so many messages."""
    from django.utils import timezone

    from wagtail_portal.models import Message, Ticket

    subject = f"Conversation of {length} messages"
    found = Ticket.objects.filter(requester=member, subject=subject).first()
    if found is None:
        found = Ticket.objects.filter(requester=member).order_by("pk").first()
        found.pk, found.number, found.subject = None, 90_000 + length, subject
        found.save(force_insert=True)
        now = timezone.now()
        messages = [
            Message(
                ticket=found,
                from_team=bool(number % 2),
                author=found.assignee if number % 2 else member.user,
                member=None if number % 2 else member,
                body=f"Message **{number}** of a long conversation, with a few words in it.",
                created_at=now - timedelta(minutes=length - number),
            )
            for number in range(length)
        ]
        for message in messages:
            message.render()
        Message.objects.bulk_create(messages, batch_size=1000)
        newest = Message.objects.filter(ticket=found).latest("pk")
        found.last_reply, found.newest_message = newest, newest.pk
        found.save()
    return found.number


def work(member) -> dict[str, list[float]]:
    """Return what bulk changes, imports and the outbox cost per item. Everything is rolled back."""
    from django.contrib.auth import get_user_model
    from django.db import transaction
    from django.utils import timezone

    from wagtail_portal import actions
    from wagtail_portal.models import Notification, Ticket
    from wagtail_portal.notifications import outbox
    from wagtail_portal.permissions import Actor

    by = Actor.for_agent(get_user_model().objects.get(username="jonna"))
    found = {}
    with transaction.atomic():
        open_tickets = Ticket.objects.open().order_by("pk")
        keys = list(open_tickets.values_list("pk", flat=True)[:REPEATED])
        begun = actions.begin_bulk_change(by=by, verb="close", tickets=keys)
        cost = Cost()
        with cost.measured():
            actions.continue_bulk_change(begun)
        found["bulk close, per ticket"] = cost.per(len(keys))
        if begun.failed:
            print(begun.problems[:3], file=sys.stderr)
        now = timezone.now()
        batch = Notification.objects.undelivered().values_list("pk", flat=True)
        due = list(batch.order_by("-pk")[:REPEATED])
        Notification.objects.filter(pk__in=due).update(due_at=now)
        cost = Cost()
        with cost.measured():
            sent = outbox.send_each(due)
        if any(sent):
            found["outbox, per email"] = cost.per(len(due))
        transaction.set_rollback(True)
    with transaction.atomic():
        keys = {"organization": member.organization_id, "role": member.role_id}
        rows = [
            [number, {**keys, "email": f"new-{number}@import.example", "name": f"New {number}"}]
            for number in range(REPEATED)
        ]
        begun = actions.begin_import(by=by, kind="members", rows=rows)
        cost = Cost()
        with cost.measured():
            actions.continue_import(begun)
        if begun.failed:
            print(begun.problems[:3], file=sys.stderr)
        found["import, per row"] = cost.per(REPEATED)
        transaction.set_rollback(True)
    return found


def cases() -> tuple[list, dict]:
    """Return what to request, as name, session, method, path and form, or headers
    without one; and the floors."""
    from django.contrib.auth import get_user_model
    from django.urls import reverse
    from django.utils import timezone

    from wagtail_portal.desk.tickets.conversation import version
    from wagtail_portal.desk.tickets.urls import desk_url
    from wagtail_portal.models import Member, Organization, State, Status, Ticket

    def member(email):
        return Member.objects.select_related("user", "organization").get(user__email=email)

    admin, ordinary = member("admin@large.example"), member("member@large.example")
    agent = get_user_model().objects.get(username="jonna")
    a, o, t = (sign_in(user) for user in (admin.user, ordinary.user, agent))
    short = Ticket.objects.filter(requester=ordinary, number__gte=100_000).latest("pk")
    # An open one, to which one can reply.
    short.status, short.closed_at = Status.objects.first_of(State.NEW), None
    short.save()
    opened, short = short, short.number
    numbers = [short, *(long_conversation(ordinary, length) for length in LENGTHS)]
    count = Ticket.objects.filter(organization=admin.organization).count()
    members = admin.organization.members.count()
    listing = reverse("wagtailsnippets_wagtail_portal_ticket:list")
    year = timezone.localdate() - timedelta(days=364)
    other = Organization.objects.get(name="Small 1").pk
    severity = "f-severity=minor"
    answers = {
        "subject": "Measured",
        "description": "It stopped.",
        "field-severity": "minor",
        "field-area": "flows",
    }
    find = "/support/?period=all&"
    found = [
        ("floor: an empty page behind login", a, "GET", floor_page()),
        ("list, admin of the largest organization", a, "GET", "/support/"),
        ("list, ordinary member there", o, "GET", "/support/"),
        ("list, ordinary member, open tickets", o, "GET", "/support/?tab=open"),
        ("list, ordinary member, all time", o, "GET", "/support/?period=all"),
        ("list, admin, all time", a, "GET", "/support/?period=all"),
        ("list, admin, by subject, all time", a, "GET", f"{find}sort=subject"),
        ("list, admin, by status, all time", a, "GET", f"{find}sort=status"),
        ("list, admin, by a field, all time", a, "GET", f"{find}sort={severity.split('=')[0]}"),
        ("list, admin, a page far back", a, "GET", f"{find}page={min(count // 25, 2600)}"),
        ("search, a word in 1%", a, "GET", f"{find}q=percent"),
        *(
            (f"ticket, {length} messages", o, "GET", f"/support/tickets/{number}/")
            for length, number in zip((3, *LENGTHS), numbers, strict=True)
        ),
        ("form page", o, "GET", "/support/problem/"),
        ("form, sent", o, "POST", "/support/problem/", answers),
        ("reply", o, "POST", f"/support/tickets/{short}/reply/", {"body": "Still there."}),
        ("profile", o, "GET", "/support/profile/"),
        ("members, a page far back", a, "GET", f"/support/members/?page={max(members // 25, 1)}"),
        ("floor of the desk: Wagtail's page listing", t, "GET", "/admin/pages/1/"),
        ("inbox", t, "GET", listing),
        (
            "inbox, 4 filters",
            t,
            "GET",
            f"{listing}?organization={other}&urgency=normal&channel=form&f-severity=minor",
        ),
        ("inbox, search", t, "GET", f"{listing}?q=percent"),
        ("inbox, page 400", t, "GET", f"{listing}?p=400"),
        ("ticket of the desk", t, "GET", desk_url("edit", opened.pk)),
        (
            "ticket of the desk, asked for updates",
            t,
            "GET",
            f"{desk_url('updates', opened.pk)}?after=0.0&state=viewing",
            {"If-None-Match": version(opened)},
        ),
        ("emails", t, "GET", reverse("wagtailsnippets_wagtail_portal_notification:list")),
        (
            "report, a year by organization",
            t,
            "GET",
            f"{reverse('wagtail_portal_report')}?first={year}&last={timezone.localdate()}"
            "&by=organization",
        ),
    ]
    return found, work(ordinary)


def serve(listener: socket.socket, told: dict) -> None:
    """Print what to request, and serve it until the input ends."""
    from django.core.servers.basehttp import WSGIServer, get_internal_wsgi_application
    from django.db import connection

    from benchmarks.processes import QuietHandler

    connection.settings_dict["CONN_MAX_AGE"] = None
    server = WSGIServer(listener.getsockname(), QuietHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    server.set_app(measuring(get_internal_wsgi_application()))
    print(json.dumps({"url": f"http://localhost:{server.server_port}", **told}), flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    os.environ["EXAMPLE_SITE_PORT"] = str(port)
    mailbox = ExitStack().enter_context(open_mailbox())
    os.environ["EMAIL_PORT"] = str(mailbox.port)
    set_up(os.environ["DATABASE_URL"])
    from wagtail.models import Site

    from wagtail_portal.models import Ticket

    Site.objects.filter(is_default_site=True).update(hostname="localhost", port=port)
    requests, done = cases()
    serve(listener, {"cases": requests, "work": done, "tickets": Ticket.objects.count()})


if __name__ == "__main__":
    main()
