"""What runs in the background in bounded steps: its progress, and what went wrong."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: For how long a run counts as active after each step.
LEASE = timedelta(minutes=5)


def lease_end() -> Any:
    """Return until when a run counts as active that has just made progress."""
    return timezone.now() + LEASE


class BackgroundRunQuerySet(models.QuerySet):
    def stale(self) -> Self:
        """Return unfinished runs that nothing is working on, the longest waiting first."""
        old = self.filter(finished_at=None, active_until__lte=timezone.now())
        return old.order_by("active_until", "pk")


class BackgroundRun(models.Model):
    """Many changes that a user began, and their progress. Each goes through the same action as a
    single one, with the permissions of the user."""

    #: The field with everything that's to be done.
    work_field = ""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    total = models.PositiveIntegerField(default=0)
    #: How many changes have been tried.
    position = models.PositiveIntegerField(default=0)
    #: How many of them succeeded.
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    #: ``[number, message]`` of the first ones that failed.
    problems = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    #: When another process may continue the run, because the one at work must have died.
    active_until = models.DateTimeField(default=lease_end)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BackgroundRunQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.position}/{self.total}"


class BulkChange(BackgroundRun):
    """One change of many tickets. ``problems`` has the numbers of tickets."""

    work_field = "tickets"

    verb = models.CharField(max_length=20)
    #: The arguments of the action, as plain values.
    arguments = models.JSONField(default=dict)
    #: Primary keys of the tickets, fixed when the change began. Empty once it's finished.
    tickets = models.JSONField(default=list)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")


class Erasure(BackgroundRun):
    """One person whose data is erased."""

    work_field = "members"

    #: The primary key of a membership of the person. Empty once it's finished.
    members = models.JSONField(default=list)
    #: The person. Merging their accounts may delete the membership, and changes this.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    remove_texts = models.BooleanField(default=False)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")


class OrganizationMerge(BackgroundRun):
    """One organization that is merged into another one, whose tickets are indexed afterwards."""

    work_field = "work"

    #: The primary keys of the organization that goes and of the one that stays.
    source_pk = models.BigIntegerField()
    target_pk = models.BigIntegerField()
    #: The primary key of the role to keep, by that of each member of the target in both.
    roles = models.JSONField(default=dict)
    #: First the merge, then lists of primary keys of tickets to index. Empty once it's finished.
    work = models.JSONField(default=list)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("merge of organizations")
        verbose_name_plural = _("merges of organizations")


class CustomerImport(BackgroundRun):
    """One import of organizations or members. ``problems`` has the numbers of rows."""

    work_field = "rows"

    kind = models.CharField(max_length=20)
    #: ``[number, arguments]`` of each row of the file, with plain values. Empty once it's finished.
    rows = models.JSONField(default=list)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")
