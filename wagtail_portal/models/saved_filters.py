"""What a member filters the list of tickets by, under a name."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .members import Member


class SavedFilterQuerySet(models.QuerySet):
    def visible_to(self, member: Member):
        """One's own, and those that teammates share."""
        if not member.role.gives_access:
            return self.none()
        shared = Q(shared=True, member__organization_id=member.organization_id)
        return self.filter(Q(member_id=member.pk) | shared)


class SavedFilter(models.Model):
    """The parameters of a list, kept. They open nothing: whoever follows them sees what they
    may see anyway."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("name"), max_length=60)
    #: Parameters of an address, without the question mark. Read like those of any address.
    query = models.TextField(blank=True)
    shared = models.BooleanField(_("shared with the organization"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedFilterQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(fields=["member", "name"], name="portal_saved_filter_once"),
        ]

    def __str__(self):
        return self.name
