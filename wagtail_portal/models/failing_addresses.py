"""Email addresses to which emails can't be delivered."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Failures after which nothing is sent to an address any more.
FAILURES_ALLOWED = 3
#: After this time, one email is tried again.
PAUSE = timedelta(days=7)


class FailingAddressQuerySet(models.QuerySet):
    def note_failure(self, email: str, reason: str, *, at: datetime, is_permanent: bool) -> bool:
        """Note that an email to a normalized address failed. Return whether emails to it stop now,
        also again after :data:`PAUSE`.

        :param is_permanent: whether the email server says that it's no use to try again.
        """
        row, is_new = self.get_or_create(
            email=email, defaults={"since": at, "last_at": at, "reason": reason}
        )
        rows = self.filter(pk=row.pk)
        if not is_new:
            rows.update(last_at=at, reason=reason)
        if not is_permanent:
            return False
        rows.update(failures=F("failures") + 1)
        is_sent = Q(stopped_at=None) | Q(stopped_at__lte=at - PAUSE)
        return bool(rows.filter(is_sent, failures__gte=FAILURES_ALLOWED).update(stopped_at=at))

    def stopped(self, now: datetime) -> Self:
        """Return the addresses to which nothing is sent at ``now``."""
        return self.filter(stopped_at__gt=now - PAUSE)


class FailingAddress(models.Model):
    """An address from which emails came back. The row is deleted when someone writes from it, or
    an agent asks to try again."""

    email = models.EmailField(_("email address"), unique=True)
    since = models.DateTimeField(_("since"), default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    #: What the email server said.
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    failures = models.PositiveIntegerField(default=0)
    #: When emails to it were stopped.
    stopped_at = models.DateTimeField(null=True)

    objects = FailingAddressQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("failing email address")
        verbose_name_plural = _("failing email addresses")
        default_permissions = ()

    def __str__(self) -> str:
        return self.email

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is sent to it now."""
        return self.stopped_at is not None and self.stopped_at > timezone.now() - PAUSE
