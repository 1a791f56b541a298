"""What the list of django-helpdesk costs with many tickets: a process that serves it.

    DATABASE_URL=postgres://… python -m benchmarks.helpdesk 100000

:mod:`benchmarks.pages` starts it with ``--helpdesk``. It needs a Python with django-helpdesk, but
not Wagtail. Creates the database unless it exists, with as many tickets as given, each with three
follow-ups: the same lengths of texts, and 3% open, as in :mod:`benchmarks.load_tickets`. Prints and
serves the same as :mod:`benchmarks.measured_server`.
"""

import os
import socket
import sys

from benchmarks.load_tickets import create_database
from benchmarks.measured_server import serve, sign_in

#: In the order of their dependencies, one statement each, by a number of tickets.
LOADED = (
    """INSERT INTO helpdesk_ticket (id, title, queue_id, created, modified, submitter_email,
        assigned_to_id, status, on_hold, description, priority, secret_key)
    SELECT n, 'The subject of the ticket with the number ' || n, 1, opened, opened,
        'person-' || n %% 5000 || '@large.example', 101 + n %% 10,
        CASE WHEN n > %(count)s * 0.97 AND n %% 5 < 3 THEN 1 ELSE 4 END, false,
        repeat('A sentence of a dozen words that says what does not work. ', 4)
        || CASE WHEN n %% 100 = 0 THEN 'percent' ELSE '' END, 3, md5(n::text)
    FROM (SELECT n, now() - interval '1095 days' * (1 - n::float / %(count)s) opened
        FROM generate_series(1, %(count)s) n) made""",
    """INSERT INTO helpdesk_followup (ticket_id, date, title, comment, public, user_id, message_id)
    SELECT t.id, t.created + interval '1 day' * n, 'Comment',
        repeat('A sentence of a dozen words that says what does not work. ', 3), true,
        t.assigned_to_id, '' FROM helpdesk_ticket t, generate_series(1, 3) n""",
    "SELECT setval(pg_get_serial_sequence('helpdesk_ticket', 'id'), %(count)s)",
)


def configure(url: str) -> None:
    """Set up Django with django-helpdesk alone."""
    import dj_database_url
    import django
    from django.conf import settings

    templates = "django.template.backends.django.DjangoTemplates"
    processors = ("debug", "request")
    settings.configure(
        SECRET_KEY="not a secret",  # noqa: S106
        DATABASES={"default": dj_database_url.parse(url)},
        ALLOWED_HOSTS=["localhost"],
        INSTALLED_APPS=[
            *(f"django.contrib.{app}" for app in ("auth", "contenttypes", "sessions", "messages")),
            *("django.contrib.staticfiles", "django.contrib.humanize", "django.contrib.sites"),
            *(
                "django.contrib.admin",
                "rest_framework",
                "account",
                "pinax.invitations",
                "pinax.teams",
                "helpdesk",
            ),
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": templates,
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        *(f"django.template.context_processors.{name}" for name in processors),
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        SITE_ID=1,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        STATIC_URL="/static/",
    )
    django.setup()
    from django.contrib import admin
    from django.urls import include, path

    settings.ROOT_URLCONF = (
        path("", include("helpdesk.urls", namespace="helpdesk")),
        path("admin/", admin.site.urls),
    )


def load(count: int) -> None:
    """Create the tickets."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    for number in range(1, 11):
        get_user_model().objects.create_superuser(f"agent{number}", pk=100 + number)
    Queue.objects.create(pk=1, title="Support", slug="support")
    with connection.cursor() as cursor:
        for statement in LOADED:
            cursor.execute(statement, {"count": count})
        cursor.execute("VACUUM ANALYZE")


def cases() -> list:
    """Return what to request: the page and the rows that its script loads, which are one list."""
    from django.contrib.auth import get_user_model
    from django.urls import reverse
    from helpdesk.query import query_to_base64

    session = sign_in(get_user_model().objects.get(username="agent1"))
    found = []
    searches = {
        "its open tickets": {"filtering": {"status__in": [1, 2]}},
        "all tickets": {"filtering": {}},
        "search for a word in 1%": {"filtering": {}, "search_string": "percent"},
    }
    for name, search in searches.items():
        query = {"sorting": "created", "search_string": "", "sortreverse": True, **search}
        rows = reverse("helpdesk:datatables_ticket_list", args=[query_to_base64(query)])
        found.append((f"django-helpdesk: {name}", session, "GET", rows))
    return [("django-helpdesk: the page around them", session, "GET", "/tickets/"), *found]


def main() -> None:
    url, count = os.environ["DATABASE_URL"], int(sys.argv[1])
    is_new = create_database(url, missing_only=True)
    configure(url)
    if is_new:
        load(count)
    listener = socket.create_server(("127.0.0.1", 0))
    serve(listener, {"cases": cases(), "work": {}, "tickets": count})


if __name__ == "__main__":
    main()
