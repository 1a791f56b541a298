"""Which tickets a group of agents can see."""

from django.db import models
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
    sites: models.ManyToManyField = models.ManyToManyField(
        "wagtailcore.Site", related_name="+", blank=True
    )
    forms = models.ManyToManyField(PAGE_MODEL, related_name="+", blank=True)
    organizations = models.ManyToManyField(Organization, related_name="+", blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("group scope")
        verbose_name_plural = _("group scopes")

    def __str__(self) -> str:
        return str(self.group)
