"""What belongs to agents: the scope of their groups, their saved views and their bulk changes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from swapper import get_model_name, set_app_prefix

from .organizations import Organization

set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = get_model_name("wagtailcore", "Page")


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
        verbose_name = _("scope of a group")
        verbose_name_plural = _("scopes of groups")

    def __str__(self):
        return str(self.group)


class SavedViewQuerySet(models.QuerySet):
    def visible_to_agent(self, user):
        """One's own, and those that colleagues share."""
        return self.filter(Q(user_id=user.pk) | Q(shared=True))


class SavedView(models.Model):
    """A tab of the inbox with filters, kept by one of the team. It opens nothing: whoever follows
    it sees what they may see anyway."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portal_views"
    )
    name = models.CharField(_("name"), max_length=60)
    #: The tab, and the parameters of its address without the question mark.
    tab = models.CharField(max_length=30, default="all")
    query = models.TextField(blank=True)
    shared = models.BooleanField(_("shared with the team"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedViewQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="portal_saved_view_once"),
        ]

    def __str__(self):
        return self.name


class BulkRun(models.Model):
    """One change of many tickets, and how far it has come. Each row goes through the same action
    as a single ticket, with the rights of who asked for it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=20)
    #: What the action takes, in plain values.
    arguments = models.JSONField(default=dict)
    #: Primary keys of tickets, decided when it began.
    tickets = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    #: How many of them were tried, and what became of them.
    position = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    #: ``[number, words]`` of the first ones that could not be changed.
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
