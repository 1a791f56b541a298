"""How often a customer may do something, counted in the shared cache (threat 19)."""

import hashlib
import time

from django.core.cache import cache

from wagtail_portal import conf
from wagtail_portal.exceptions import RateLimited

HOUR = 3600
DAY = 24 * HOUR


def count(by, setting: str) -> None:
    """Count one use by a customer; the team, the software and imported history are not limited.

    :param setting: the name in ``WAGTAIL_PORTAL`` of how many are allowed an hour.
    :raises RateLimited: when this is one too many.
    """
    if by.member is not None:
        limit(setting, by.user.pk)


def limit(setting: str, whose, *, period: int = HOUR) -> None:
    """Count one use by whoever is named by ``whose``.

    :param setting: the name in ``WAGTAIL_PORTAL`` of how many are allowed a period.
    :param period: in seconds.
    :raises RateLimited: when this is one too many.
    """
    allowed = getattr(conf, setting)
    if not allowed:
        return
    window, passed = divmod(int(time.time()), period)
    # No cache takes every text as a key, and none has to hold addresses.
    name = hashlib.sha256(str(whose).encode()).hexdigest()
    key = f"wagtail_portal:limit:{setting}:{name}:{window}"
    cache.add(key, 0, period)
    try:
        used = cache.incr(key)
    except ValueError:
        # Evicted between the two calls.
        cache.set(key, 1, period)
        used = 1
    if used > allowed:
        raise RateLimited((period - passed) // 60 + 1)
