"""Named filters of the customers' list and the team's listing."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.typing import User

from .fields import LineField
from .members import Member, Reader


class SavedFilterQuerySet(models.QuerySet):
    def visible_to(self, member: Member | Reader) -> Self:
        """Return the member's own filters, and those that teammates share."""
        if not member.role.gives_access:
            return self.none()
        shared = Q(shared=True, member__organization_id=member.organization_id)
        return self.filter(Q(member_id=member.pk) | shared)

    def visible_to_agent(self, user: User) -> Self:
        """Return the agent's own filters, and those that the team shares."""
        return self.filter(Q(user_id=user.pk) | Q(user__isnull=False, shared=True))


class SavedFilter(models.Model):
    """The parameters of a list, saved by a member or by an agent.

    They are read like those of any URL, so a shared filter reveals nothing.
    """

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_filters"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = LineField(_("name"), max_length=60)
    #: The query string of a URL, without the question mark.
    query = models.TextField(blank=True)
    #: Shared with the member's organization, or with the team.
    shared = models.BooleanField(_("shared"), default=False)
    #: Names of the columns in the team's listing, in their order; empty for the agent's own.
    columns = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedFilterQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(fields=["member", "name"], name="portal_saved_filter_once"),
            models.UniqueConstraint(fields=["user", "name"], name="portal_saved_view_once"),
            models.CheckConstraint(
                condition=Q(member=None, user__isnull=False) | Q(member__isnull=False, user=None),
                name="portal_saved_filter_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.name
