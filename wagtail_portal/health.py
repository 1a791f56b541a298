"""Whether the portal works. One function answers it for the endpoints, the command, the team's
page, the alerts and the metrics.

What it returns holds nothing about customers.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from django.apps import apps
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks.backends.immediate import ImmediateBackend

from wagtail_portal import conf
from wagtail_portal.models import (
    BulkChange,
    CustomerImport,
    Delivery,
    DiscardedFile,
    Erasure,
    Notification,
    OrganizationMerge,
    SweepState,
    portal_storage,
)
from wagtail_portal.sweeps import SWEEPS
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.remembering import remembered
from wagtail_portal.utils.shared_cache import shared_cache
from wagtail_portal.utils.typing import StrOrPromise

#: The cache key of the number of problems.
PROBLEMS_KEY = "wagtail_portal:problems"
#: For how long a failed email needs attention.
FAILED_FOR = timedelta(days=1)
#: How often the deletion of a file has failed, in about a day, before it needs attention.
FILE_ATTEMPTS = 10


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was found out about one part of the portal."""

    key: str
    label: StrOrPromise
    is_ok: bool
    #: A sentence without personal data.
    detail: str
    #: How many wait or have failed, and the age of the oldest.
    count: int | None = None
    age: timedelta | None = None


def check_health(only: Collection[str] = (), *, now: datetime | None = None) -> list[Reading]:
    """Return what there is to know about each part of the portal. Without a database, that's all.

    :param only: keys of :data:`CHECKS`; empty for all.
    """
    now, found = now or timezone.now(), []
    for key, (label, check) in CHECKS.items():
        # Without a database, each of the others would wait for it.
        if only and key not in only and key != "database":
            continue
        try:
            reading = Reading(key=key, label=label, **check(now))
        except Exception as error:
            # Caches and storages raise errors of their own libraries.
            detail = gettext("Not working: %(error)s.") % {"error": type(error).__name__}
            reading = Reading(key=key, label=label, is_ok=False, detail=detail)
        if not only or key in only or not reading.is_ok:
            found.append(reading)
        if key == "database" and not reading.is_ok:
            break
    return found


def count_problems() -> int:
    """Return how many emails have failed and how many bulk changes and imports are stuck. Cached
    for a minute, because every page of the Wagtail admin shows it."""

    def count() -> int:
        return sum(row.count or 0 for row in check_health(BADGE) if not row.is_ok)

    def load() -> int:
        return cast(int, shared_cache.get_or_set(PROBLEMS_KEY, count, 60))

    return remembered(PROBLEMS_KEY, load)


def _ok(detail: str = "", **more) -> dict:
    return {"is_ok": True, "detail": detail or gettext("Working."), **more}


def _waiting(count: int, since: datetime | None, now: datetime) -> dict:
    """Return a reading about a queue, which is fine as long as nothing is overdue.

    :param since: since when the oldest one has been waiting.
    """
    if since is None:
        return _ok(gettext("Nothing is waiting."), count=0, age=timedelta())
    age = max(now - since, timedelta())
    detail = ngettext(
        "%(count)d is waiting, the oldest for %(time)s.",
        "%(count)d are waiting, the oldest for %(time)s.",
        count,
    ) % {"count": count, "time": timesince(since, now)}
    return {"is_ok": age < _overdue(), "detail": detail, "count": count, "age": age}


def _overdue() -> timedelta:
    return timedelta(minutes=conf.OVERDUE_MINUTES)


def _database(now) -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return _ok()


@cache
def require_migrations() -> None:
    """Make sure that all migrations have been applied. Reading them takes a while, so that isn't
    looked up again once it's so.

    :raises LookupError: with the number of those that are missing.
    """
    executor = import_module("django.db.migrations.executor").MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError(len(plan))


def _migrations(now) -> dict:
    try:
        require_migrations()
    except LookupError as error:
        (count,) = error.args
        text = ngettext(
            "%(count)d migration hasn’t been applied.",
            "%(count)d migrations haven’t been applied.",
            count,
        )
        return {"is_ok": False, "detail": text % {"count": count}, "count": count}
    return _ok(gettext("All migrations have been applied."), count=0)


def _cache(now) -> dict:
    key, value = f"wagtail_portal:health:{get_random_string(12)}", get_random_string(12)
    # Not the one that seems to be empty while the cache is out of reach.
    backend = shared_cache.backend
    backend.set(key, value, 10)
    if backend.get(key) != value:
        return {"is_ok": False, "detail": gettext("The cache doesn’t store anything.")}
    return _ok()


def _storage(now) -> dict:
    storage = portal_storage()
    storage.exists("health-check")
    if isinstance(storage, FileSystemStorage):
        # The folder is created with the first file.
        folder = Path(storage.location)
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            return {"is_ok": False, "detail": gettext("The folder can’t be written to.")}
    return _ok()


def _worker(now) -> dict:
    states = SweepState.objects.in_bulk()
    if not states:
        return {"is_ok": False, "detail": gettext("The worker has never run.")}
    late, failed, oldest = [], [], now
    for sweep in SWEEPS:
        state = states.get(sweep.name)
        is_claimed = state and state.claimed_until and state.claimed_until > now
        if state is None or (state.due_at < now - _overdue() and not is_claimed):
            late.append(sweep.label)
            oldest = min(oldest, state.due_at if state else now)
        elif state.error and sweep.name != "emails":
            failed.append(sweep.label)
    details = []
    if late:
        details.append(gettext("Overdue: %(names)s.") % {"names": comma_list(late)})
    if failed:
        details.append(gettext("Failed: %(names)s.") % {"names": comma_list(failed)})
    age = now - oldest
    if details:
        count = len(late) + len(failed)
        return {"is_ok": False, "detail": " ".join(details), "count": count, "age": age}
    return _ok(count=0, age=age)


def _emails(now) -> dict:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    due = Q(due_at__lte=now) & free
    found = Notification.objects.filter(state=Delivery.DUE).aggregate(
        total=Count("pk"), oldest=Min("due_at", filter=due)
    )
    reading = _waiting(found["total"], found["oldest"], now) | {"count": found["total"]}
    if SweepState.objects.filter(name="emails").exclude(error="").exists():
        text = gettext("The last emails couldn’t be sent.")
        reading |= {"is_ok": False, "detail": f"{text} {reading['detail']}"}
    return reading


def _failed_emails(now) -> dict:
    # Anyone can have a code sent to an address that doesn't exist.
    failed = Notification.objects.without_secrets().filter(state=Delivery.FAILED)
    count = failed.filter(retry_until__gte=now - FAILED_FOR).count()
    if not count:
        return _ok(gettext("None in the last 24 hours."), count=0)
    text = ngettext(
        "%(count)d email has failed in the last 24 hours.",
        "%(count)d emails have failed in the last 24 hours.",
        count,
    )
    return {"is_ok": False, "detail": text % {"count": count}, "count": count}


def _runs(now) -> dict:
    stale = [
        moment
        for model in (BulkChange, CustomerImport, Erasure, OrganizationMerge)
        for moment in model.objects.stale().values_list("active_until", flat=True)[:1000]
    ]
    return _waiting(len(stale), min(stale, default=None), now)


def _tasks(now) -> dict:
    if isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], ImmediateBackend):
        return _ok(gettext("Tasks run in the web process."))
    if not apps.is_installed("django_tasks_db"):
        return _ok(gettext("The queue isn’t in the database, so it isn’t checked here."))
    results: Any = apps.get_model("django_tasks_database", "DBTaskResult")  # type: ignore[misc]
    ready = results.objects.ready()
    found = ready.aggregate(count=Count("pk"), oldest=Min("enqueued_at"))
    return _waiting(found["count"], found["oldest"], now)


def _files(now) -> dict:
    count = DiscardedFile.objects.filter(attempts__gte=FILE_ATTEMPTS).count()
    if not count:
        return _ok(count=0)
    text = ngettext("%(count)d file can’t be deleted.", "%(count)d files can’t be deleted.", count)
    return {"is_ok": False, "detail": text % {"count": count}, "count": count}


#: The label and the function of each check.
CHECKS = {
    "database": (_("Database"), _database),
    "migrations": (_("Migrations"), _migrations),
    "cache": (_("Cache"), _cache),
    "storage": (_("Storage of attachments"), _storage),
    "worker": (_("Worker"), _worker),
    "emails": (_("Emails to send"), _emails),
    "failed_emails": (_("Failed emails"), _failed_emails),
    "runs": (_("Interrupted bulk changes and imports"), _runs),
    "tasks": (_("Background tasks"), _tasks),
    "files": (_("Files to delete"), _files),
}
#: What pages can't be served without. Outages of the others are survived.
ESSENTIAL = ("database", "migrations")
#: Everything else.
WORK = tuple(key for key in CHECKS if key not in ESSENTIAL)
#: What the team can do something about.
BADGE = ("failed_emails", "runs")
