"""When each sweep last ran, and when the people in charge were told of a problem."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SweepStateQuerySet(models.QuerySet):
    def due(self, now: datetime) -> Self:
        """Return the sweeps that can run at ``now``: it's time, and no other process has them."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.filter(free, due_at__lte=now)

    def claim(self, name: str, *, now: datetime, lease: timedelta) -> UUID | None:
        """Claim a sweep that's due. Return None if it isn't, or if another process has it."""
        claim = uuid4()
        claimed = self.due(now).filter(name=name).update(claim=claim, claimed_until=now + lease)
        return claim if claimed else None

    def settle(self, name: str, claim: UUID, **changes: Any) -> bool:
        """Save the outcome of a claimed sweep. Return False if the claim was lost."""
        claimed = self.filter(name=name, claim=claim)
        return bool(claimed.update(claim=None, claimed_until=None, **changes))


class SweepState(models.Model):
    """One of :data:`~wagtail_portal.sweeps.SWEEPS`: when it runs next, and how it went."""

    name = models.CharField(max_length=40, primary_key=True)
    due_at = models.DateTimeField(default=timezone.now)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    #: None if it has never succeeded.
    last_success_at = models.DateTimeField(_("last success"), null=True)
    #: What went wrong the last time; empty after a success.
    error = models.TextField(_("error"), blank=True)

    objects = SweepStateQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("state of a sweep")
        verbose_name_plural = _("states of sweeps")
        default_permissions = ()
        permissions = [("view_system_status", _("Can view the system status"))]

    def __str__(self) -> str:
        return self.name


class AlertQuerySet(models.QuerySet):
    def begin(self, key: str, *, now: datetime, pause: timedelta) -> bool:
        """Note that people are told of a problem now. Return False if they were told less than
        ``pause`` ago."""
        _alert, is_new = self.get_or_create(key=key, defaults={"sent_at": now})
        return is_new or bool(self.filter(key=key, sent_at__lte=now - pause).update(sent_at=now))


class Alert(models.Model):
    """When the people in charge were last told of one kind of problem."""

    #: A key of :data:`wagtail_portal.health.CHECKS`.
    key = models.CharField(max_length=40, primary_key=True)
    sent_at = models.DateTimeField()

    objects = AlertQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
