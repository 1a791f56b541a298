"""What runs in the background in bounded steps: its progress, and what went wrong."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BackgroundRun(models.Model):
    """Many changes that a user began, and their progress. Each goes through the same action as a
    single one, with the permissions of the user."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    total = models.PositiveIntegerField(default=0)
    #: How many changes have been tried.
    position = models.PositiveIntegerField(default=0)
    #: ``[number, message]`` of the first ones that failed.
    problems = models.JSONField(default=list)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True
        ordering = ["-created_at", "-id"]


class BulkChange(BackgroundRun):
    """One change of many tickets. ``problems`` has the numbers of tickets."""

    verb = models.CharField(max_length=20)
    #: The arguments of the action, as plain values.
    arguments = models.JSONField(default=dict)
    #: Primary keys of the tickets, fixed when the change began.
    tickets = models.JSONField(default=list)
    changed = models.PositiveIntegerField(default=0)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")

    def __str__(self):
        return f"{self.verb} ({self.position}/{self.total})"


class CustomerImport(BackgroundRun):
    """One import of organizations or members. ``problems`` has the numbers of rows."""

    kind = models.CharField(max_length=20)
    #: ``[number, arguments]`` of each row of the file, with plain values. Empty once it's finished.
    rows = models.JSONField(default=list)
    imported = models.PositiveIntegerField(default=0)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self):
        return f"{self.kind} ({self.position}/{self.total})"
