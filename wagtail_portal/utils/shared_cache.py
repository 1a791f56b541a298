"""The site's default cache, without which the portal keeps working.

While the cache's server is out of reach, the cache seems to be empty, and nothing is stored. So
nothing that matters may exist only here: limits are counted in the database.
"""

import logging
import threading
import time
from contextlib import contextmanager, suppress

from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.signals import request_finished, setting_changed
from django.db import Error as DatabaseError

from .remembering import is_remembering, remembered

logger = logging.getLogger(__name__)

#: Seconds for which a process doesn't ask a cache that didn't answer. Each attempt can take as long
#: as a connection takes to time out.
PAUSE = 10


class Outage:
    """Whether this process could reach the cache. The log says so once, not with each request."""

    def __init__(self):
        #: By the monotonic clock; None while the cache answers.
        self.retry_at: float | None = None
        self._lock = threading.Lock()

    def is_pause(self) -> bool:
        """Return whether the cache shouldn't be asked now."""
        retry_at = self.retry_at
        return retry_at is not None and time.monotonic() < retry_at

    def begin(self) -> None:
        """Record that the cache didn't answer. Call this while handling the exception."""
        with self._lock:
            is_new, self.retry_at = self.retry_at is None, time.monotonic() + PAUSE
        if is_new:
            logger.exception("The cache is out of reach. The portal continues without it.")

    def end(self) -> None:
        """Record that the cache has answered."""
        if self.retry_at is None:
            return
        with self._lock:
            was_out, self.retry_at = self.retry_at is not None, None
        if was_out:
            logger.warning("The cache is within reach again.")


outage = Outage()


def _read_ahead() -> dict:
    """Return what was read for the next :meth:`SharedCache.get`, by key; None if it isn't there."""
    return remembered("wagtail_portal:read_ahead", dict)


class SharedCache(BaseCache):
    """A cache that is empty while the site's default cache is out of reach.

    Errors of the database are raised, because they break the transaction; so are those of keys.

    :param backend: the default cache; None for the one of the current thread.
    """

    def __init__(self, backend=None):
        super().__init__({})
        self._backend = backend

    @property
    def backend(self):
        """The cache that's asked."""
        found = self._backend or caches[DEFAULT_CACHE_ALIAS]
        return found.backend if isinstance(found, SharedCache) else found

    def __getattr__(self, name):
        return getattr(self.backend, name)

    def _ask(self, method: str, *args, default=None, even_in_pause=False):
        if outage.is_pause() and not even_in_pause:
            return default
        try:
            found = getattr(self.backend, method)(*args)
        except (DatabaseError, ValueError, TypeError):
            raise
        except Exception:
            # Each client library has exceptions of its own.
            if method != "set" or not self._is_reachable():
                outage.begin()
            # Otherwise, it's too large: Memcached stores up to 1 MB.
            return default
        outage.end()
        return found

    def _is_reachable(self) -> bool:
        with suppress(Exception):
            self.backend.get("wagtail_portal:answers")
            return True
        return False

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return self._ask("add", key, value, timeout, version, default=False)

    def get(self, key, default=None, version=None):
        if version is None and key in (ahead := _read_ahead()):
            found = ahead.pop(key)
            return default if found is None else found
        return self._ask("get", key, default, version, default=default)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        _read_ahead().pop(key, None)
        self._ask("set", key, value, timeout, version)

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None):
        return self._ask("touch", key, timeout, version, default=False)

    def delete(self, key, version=None):
        _read_ahead().pop(key, None)
        # What's outdated mustn't come back when the cache does.
        return self._ask("delete", key, version, default=False, even_in_pause=True)

    def clear(self):
        self._ask("clear", even_in_pause=True)

    def get_many(self, keys, version=None):
        return self._ask("get_many", keys, version, default={})

    def delete_many(self, keys, version=None):
        for key in keys:
            _read_ahead().pop(key, None)
        self._ask("delete_many", keys, version, even_in_pause=True)

    def incr(self, key, delta=1, version=None):
        found = self._ask("incr", key, delta, version)
        if found is None:
            raise ValueError(f"Key '{key}' not found")
        return found

    def close(self, **kwargs):
        self.backend.close(**kwargs)

    def read_ahead(self, *keys: str) -> None:
        """Ask for several keys at once, because this request is about to :meth:`get` each of them.
        It does nothing outside of :func:`~.remembering.remembering`."""
        if keys and is_remembering():
            found = self.get_many(keys)
            _read_ahead().update({key: found.get(key) for key in keys})

    def answers(self) -> bool:
        """Return whether the cache is within reach."""
        self.get("wagtail_portal:answers")
        return outage.retry_at is None


#: What the portal reads and writes.
shared_cache = SharedCache()


def survive_outages() -> None:
    """Until the end of the current request, let Wagtail and allauth, too, find an empty cache
    instead of failing if it's out of reach. For requests to the portal only."""
    caches[DEFAULT_CACHE_ALIAS] = SharedCache(shared_cache.backend)


@contextmanager
def surviving_outages():
    """Call :func:`survive_outages` for work that's done outside of requests."""
    survive_outages()
    try:
        yield
    finally:
        _restore()


def _restore(**kwargs) -> None:
    used = caches.all(initialized_only=True)
    if any(isinstance(backend, SharedCache) for backend in used):
        caches[DEFAULT_CACHE_ALIAS] = shared_cache.backend


def _forget(*, setting, **kwargs) -> None:
    if setting == "CACHES":
        outage.retry_at = None


request_finished.connect(_restore, dispatch_uid="wagtail_portal.shared_cache")
setting_changed.connect(_forget, dispatch_uid="wagtail_portal.shared_cache")
