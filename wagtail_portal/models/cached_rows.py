"""What's configured in a few rows and needed on most pages, cached."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

import django
import wagtail
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import post_delete, post_migrate, post_save

from wagtail_portal import __version__
from wagtail_portal.utils.remembering import forget, remembered
from wagtail_portal.utils.shared_cache import shared_cache

#: Limits how long a process can use what it read just before a change.
CACHE_SECONDS = 300
#: Other versions can't read the pickles.
VERSIONS = f"{__version__}:{django.__version__}:{wagtail.__version__}"

_loaders: dict[str, Callable[[], Any]] = {}

Rows = TypeVar("Rows")


class _Deletion:
    """Delete what's cached when the change is committed. Until then, or until it's rolled back, it
    waits on the connection."""

    def __init__(self, keys: Iterable[str]):
        self.keys = set(keys)

    def __call__(self) -> None:
        shared_cache.delete_many(self.keys)


def delete_cached(keys: Iterable[str]) -> None:
    """Delete what's cached with these keys, because its rows have changed: now, and after the
    change is committed."""
    delete = _Deletion(keys)
    forget()
    delete()
    transaction.on_commit(delete)


def from_cache(key: str, load: Callable[[], Rows]) -> Rows:
    """Return what's cached with this key, or else what ``load`` returns, which is cached then.

    A transaction that has changed the rows reads them from the database, and caches nothing: others
    mustn't read what may be rolled back.
    """
    if _is_changed_here(key):
        return load()
    found = shared_cache.get(key)
    if found is None:
        found = load()
        shared_cache.set(key, found, CACHE_SECONDS)
    return found


def _is_changed_here(key: str) -> bool:
    callbacks: Any = connection.run_on_commit
    waiting = [
        set(savepoints)
        for savepoints, function, _robust in callbacks
        if isinstance(function, _Deletion) and key in function.keys
    ]
    if not waiting or not _is_test_case(connection.atomic_blocks[0]):
        return bool(waiting)
    # Nothing is ever committed in a test case. As for durable blocks, its own transaction is none.
    blocks = zip(connection.atomic_blocks[1:], connection.savepoint_ids, strict=True)
    inner = {savepoint for block, savepoint in blocks if not _is_test_case(block)}
    return any(inner & savepoints for savepoints in waiting)


def _is_test_case(block: Any) -> bool:
    return getattr(block, "_from_testcase", False)


def register(name: str, load: Callable[[], Any], *models: Any) -> None:
    """Cache what ``load`` returns as ``name``, until a row of one of the models changes.

    Don't change these rows with ``update()`` or ``bulk_create()``, which send no signals.
    """

    def clear(**kwargs: Any) -> None:
        """Delete what's cached."""
        delete_cached([rows_key(name)])

    _loaders[name] = load
    for model in models:
        for signal in (post_save, post_delete):
            uid = f"wagtail_portal.rows.{name}"
            signal.connect(clear, sender=model, weak=False, dispatch_uid=uid)


def rows_key(name: str) -> str:
    """Return the cache key of what was registered as ``name``."""
    return f"wagtail_portal:rows:{VERSIONS}:{name}"


def cached_rows(name: str) -> Any:
    """Return what was registered as ``name``. Don't change it."""
    key = rows_key(name)
    return remembered(key, lambda: from_cache(key, _loaders[name]))


def delete_cached_rows() -> None:
    """Delete all that's cached by :func:`register`."""
    delete_cached(map(rows_key, _loaders))


def clear_after_migrating(app: Any, *functions: Callable[[], object]) -> None:
    """Call functions that delete what's cached after each ``migrate`` and ``flush``, because
    removing tables or restoring a dump sends no other signal.

    :param app: the configuration of the app after whose turn they're called.
    """

    def clear(**kwargs: Any) -> None:
        for function in functions:
            # The tables, or the one of the cache, needn't exist yet, or any longer.
            with suppress(DatabaseError), transaction.atomic():
                function()

    uid = "wagtail_portal.rows.migrated"
    post_migrate.connect(clear, sender=app, weak=False, dispatch_uid=uid)
