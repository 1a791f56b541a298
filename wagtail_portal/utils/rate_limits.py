"""Rate limits, counted in the shared cache so that they apply across processes."""

import hashlib
import time

from django.core.cache import cache

from wagtail_portal import conf
from wagtail_portal.exceptions import RateLimited

HOUR = 3600
DAY = 24 * HOUR


def count(by, setting: str) -> None:
    """Count a use by a customer. The team, the system and imports aren't limited.

    :param by: the :class:`~wagtail_portal.permissions.Actor`.
    :param setting: the name of the limit per hour in ``WAGTAIL_PORTAL``.
    :raises RateLimited: if the limit is exceeded.
    """
    if by.member is not None:
        limit(setting, by.user.pk)


def limit(setting: str, key, *, period: int = HOUR) -> None:
    """Count a use for ``key``: an email address, a client or a primary key.

    :param setting: the name of the limit per period in ``WAGTAIL_PORTAL``.
    :param period: in seconds.
    :raises RateLimited: if the limit is exceeded.
    """
    allowed = getattr(conf, setting)
    if not allowed:
        return
    window, passed = divmod(int(time.time()), period)
    # Caches don't accept every text as a key, and shouldn't contain addresses.
    name = hashlib.sha256(str(key).encode()).hexdigest()
    cache_key = f"wagtail_portal:limit:{setting}:{name}:{window}"
    cache.add(cache_key, 0, period)
    try:
        used = cache.incr(cache_key)
    except ValueError:
        # Evicted between the two calls.
        cache.set(cache_key, 1, period)
        used = 1
    if used > allowed:
        raise RateLimited((period - passed) // 60 + 1)
