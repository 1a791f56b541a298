"""What's configured in a few rows and needed on most pages, cached."""

from collections.abc import Callable
from typing import Any

import django
import wagtail
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from wagtail_portal import __version__
from wagtail_portal.utils.remembering import forget, remembered
from wagtail_portal.utils.shared_cache import shared_cache

#: Limits how long a process can use what it read just before a change.
CACHE_SECONDS = 300
#: Other versions can't read the pickles.
VERSIONS = f"{__version__}:{django.__version__}:{wagtail.__version__}"

_loaders: dict[str, Callable[[], Any]] = {}


def register(name: str, load: Callable[[], Any], *models: Any) -> None:
    """Cache what ``load`` returns as ``name``, until a row of one of the models changes.

    Don't change these rows with ``update()`` or ``bulk_create()``, which send no signals.
    """

    def clear(**kwargs: Any) -> None:
        """Delete what's cached, now and after the change is committed."""
        forget()
        shared_cache.delete(rows_key(name))
        transaction.on_commit(lambda: shared_cache.delete(rows_key(name)))

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
    return remembered(rows_key(name), lambda: _load(name))


def _load(name: str) -> Any:
    found = shared_cache.get(rows_key(name))
    if found is None:
        found = _loaders[name]()
        shared_cache.set(rows_key(name), found, CACHE_SECONDS)
    return found
