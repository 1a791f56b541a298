"""Which tickets a group of agents can see, and bulk changes."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .organizations import Organization
from .tickets import PAGE_MODEL


class GroupScope(models.Model):
    """Limits a group to the tickets of the chosen sites, forms and organizations.

    A ticket needs to match only one of them, so deleting a form or an organization can only hide
    tickets. With nothing left, the group sees none.
    """

    group = models.OneToOneField(
        "auth.Group", on_delete=models.CASCADE, related_name="ticket_scope"
    )
    sites = models.ManyToManyField("wagtailcore.Site", related_name="+", blank=True)
    forms = models.ManyToManyField(PAGE_MODEL, related_name="+", blank=True)
    organizations = models.ManyToManyField(Organization, related_name="+", blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("group scope")
        verbose_name_plural = _("group scopes")

    def __str__(self):
        return str(self.group)


class BulkChange(models.Model):
    """One change of many tickets, and its progress. Each ticket goes through the same action as a
    single one, with the permissions of the user."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=20)
    #: The arguments of the action, as plain values.
    arguments = models.JSONField(default=dict)
    #: Primary keys of the tickets, fixed when the change began.
    tickets = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    #: How many tickets have been processed, and how many of them changed.
    position = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    #: ``[number, message]`` of the first ones that couldn't be changed.
    problems = models.JSONField(default=list)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")

    def __str__(self):
        return f"{self.verb} ({self.position}/{self.total})"
