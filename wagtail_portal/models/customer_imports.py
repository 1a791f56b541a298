"""Imports of customers that run in the background."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CustomerImport(models.Model):
    """One import of organizations or members, and its progress. Each row goes through the same
    action as a single one, with the permissions of the user."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    #: ``[number, arguments]`` of each row of the file, with plain values. Empty once it's finished.
    rows = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    #: How many rows have been processed, and how many of them were imported.
    position = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    #: ``[number, message]`` of the first rows that couldn't be imported.
    problems = models.JSONField(default=list)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self):
        return f"{self.kind} ({self.position}/{self.total})"
