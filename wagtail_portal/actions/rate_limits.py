"""Limits on how often something can be done, which hold across all processes.

Call these outside of a transaction that could be rolled back, and the count with it.
"""

import math
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from wagtail_portal import conf, read_only_mode
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.metrics import REFUSALS
from wagtail_portal.models import RateLimit
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.rows import delete_some

HOUR = 3600
DAY = 24 * HOUR


def count(by: Actor, setting: str) -> None:
    """Count a use by a customer. The team, the system and imports aren't limited.

    :param by: the :class:`~wagtail_portal.permissions.Actor`.
    :param setting: the name of the limit per hour in ``WAGTAIL_PORTAL``.
    :raises RateLimited: if the limit is exceeded.
    """
    if by.member is not None:
        limit(setting, by.user.pk)


def limit(setting: str, key: Any, *, period: int = HOUR) -> None:
    """Count a use for ``key``: an email address, a client or a primary key.

    :param setting: the name of the limit per period in ``WAGTAIL_PORTAL``.
    :param period: in seconds, from the first use.
    :raises RateLimited: if the limit is exceeded.
    """
    if allowed := getattr(conf, setting):
        use(setting, key, allowed=allowed, period=period)


def begin(uses: Iterable[tuple[str, Any]]) -> None:
    """Prepare to count several uses with :func:`limit_together`.

    :param uses: pairs of a setting and a key, as of :func:`limit`.
    """
    RateLimit.objects.begin({use for use in uses if getattr(conf, use[0])}, period=HOUR)


def limit_together(uses: Iterable[tuple[str, Any]]) -> bool:
    """Count several uses with one query, if none of the limits is exceeded and all of them have
    begun. Otherwise, count nothing and return False.

    :param uses: pairs of a setting and a key, as of :func:`limit`.
    """
    allowed = {use: getattr(conf, use[0]) for use in uses}
    allowed = {use: number for use, number in allowed.items() if number}
    return read_only_mode.is_on() or RateLimit.objects.use_together(allowed)


def give_back(setting: str, key: Any) -> None:
    """Uncount a use for ``key``, because nothing came of it. Then it doesn't count as used up."""
    if getattr(conf, setting):
        RateLimit.objects.give_back(setting, key)


def use(name: str, key: Any, *, allowed: int, period: float) -> None:
    """Count a use of something that isn't limited by a setting of ``WAGTAIL_PORTAL``.

    :param name: what's limited. It must not be the name of a setting.
    :param allowed: how many uses are allowed per period.
    :param period: in seconds, from the first use.
    :raises RateLimited: if the limit is exceeded.
    """
    if read_only_mode.is_on():
        # What's left can only be read.
        return
    if until := RateLimit.objects.use(name, key, allowed=allowed, period=period):
        REFUSALS.labels(reason=name).inc()
        raise RateLimited(max(1, math.ceil((until.timestamp() - time.time()) / 60)))


def discard_rate_limits(*, at: datetime | None = None, most: int | None = None) -> int:
    """Delete the counts of periods that are over, and return how many.

    :param most: how many to delete now; None for all.
    """
    return delete_some(RateLimit.objects.filter(expires_at__lt=at or timezone.now()), most)
