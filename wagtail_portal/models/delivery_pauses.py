"""A pause in sending emails, because the email server hangs."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

#: How long no process tries to send anything. Also how long one that tries again may take.
PAUSE = timedelta(minutes=1)


class DeliveryPauseQuerySet(models.QuerySet):
    def is_active(self, now: datetime) -> bool:
        """Return whether no email may be sent at ``now``."""
        return self.filter(until__gt=now).exists()

    def may_send(self, now: datetime) -> bool:
        """Return whether an email may be sent: always without a pause, and after it by the one
        process that tries whether the server works again."""
        until = self.values_list("until", flat=True).first()
        if until is None:
            return True
        return until <= now and bool(self.filter(until=until).update(until=now + PAUSE))

    def begin(self, now: datetime) -> bool:
        """Pause from ``now`` on, and return whether there was no pause before."""
        return self.update_or_create(pk=1, defaults={"until": now + PAUSE})[1]

    def end(self) -> bool:
        """End the pause, and return whether there was one."""
        return bool(self.filter(pk=1).delete()[0])


class DeliveryPause(models.Model):
    """The only row, shared by all processes. It exists until the email server has answered."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    until = models.DateTimeField()

    objects = DeliveryPauseQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("pause of the emails")
        verbose_name_plural = _("pauses of the emails")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.until:%H:%M:%S}"
