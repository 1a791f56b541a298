"""How often something was done that's limited, counted in the database.

Caches can't do this: not all of them count atomically, they drop entries when they're full, and
they can be out of reach.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.prepared import prepared_update


def _digest(name: str, key: str) -> str:
    return hashlib.sha256(f"{name}\n{key}".encode()).hexdigest()


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), tz=UTC)


class RateLimitQuerySet(models.QuerySet):
    def use(self, name: str, key: str, *, allowed: int, period: float) -> datetime | None:
        """Count a use, and return None. If there were ``allowed`` uses, nothing is counted, and the
        result is when the period ends.

        However many processes do this at once, no more uses are allowed: every database runs the
        conditional update of one row for one of them at a time.

        :param name: what's limited.
        :param key: who does it: an email address, a client or a primary key.
        :param period: in seconds, from the first use.
        """
        digest = _digest(name, key)
        row = self.filter(digest=digest)
        now = _now()
        until = now + timedelta(seconds=period)

        def count() -> int:
            return _count(((digest, allowed),), now)

        if count():
            return None
        self.bulk_create([self.model(digest=digest, expires_at=until)], ignore_conflicts=True)
        # Again if the last period is over, whichever process begins the next one.
        for _attempt in range(3):
            if count():
                return None
            used, expires_at = row.values_list("used", "expires_at").first() or (0, until)
            if expires_at > now and used >= allowed:
                return expires_at
            row.filter(expires_at=expires_at, expires_at__lte=now).update(used=0, expires_at=until)
        return until

    def begin(self, uses: Iterable[tuple[str, Any]], *, period: float) -> None:
        """Add the rows of several limits, with no use counted yet, unless they exist.

        :param uses: pairs of ``name`` and ``key``.
        """
        until = _now() + timedelta(seconds=period)
        # In the order in which the primary key is read, so that two processes don't deadlock.
        digests = sorted(_digest(*use) for use in uses)
        rows = [self.model(digest=digest, expires_at=until) for digest in digests]
        self.bulk_create(rows, ignore_conflicts=True)

    def use_together(self, allowed: Mapping[tuple[str, Any], int]) -> bool:
        """Count one use of each limit if all of them allow it, else none. Return whether they were
        counted. Limits that haven't begun, or whose period is over, don't allow it.

        :param allowed: the allowed uses, by ``name`` and ``key``.
        """
        if not allowed:
            return True
        limits = tuple((_digest(*use), number) for use, number in allowed.items())
        with transaction.atomic():
            if _count(limits, _now()) == len(allowed):
                return True
            # Otherwise, others could be refused because of a use that is taken back.
            transaction.set_rollback(True)
        return False

    def give_back(self, name: str, key: str) -> None:
        """Uncount a use, because nothing came of it."""
        row = self.filter(digest=_digest(name, key), expires_at__gt=_now(), used__gt=0)
        row.update(used=F("used") - 1)


@prepared_update
def _count(limits: tuple[tuple[str, int], ...], now: datetime) -> Any:
    free = Q()
    for digest, allowed in limits:
        free |= Q(digest=digest, used__lt=allowed)
    return RateLimit.objects.filter(free, expires_at__gt=now), {"used": F("used") + 1}


class RateLimit(models.Model):
    """The uses of one limit by one user, visitor or email address in the current period."""

    #: SHA-256 of what's limited and of who does it, because addresses shouldn't be stored here.
    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    used = models.PositiveIntegerField(default=0)
    #: The end of the period. The next use begins another one.
    expires_at = models.DateTimeField(db_index=True)

    objects = RateLimitQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("rate limit")
        verbose_name_plural = _("rate limits")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest
