"""Where pages of the portal were before they were renamed or moved."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .tickets import PAGE_MODEL


class FormerPath(models.Model):
    """A path that once led to a portal or a form, and stands in emails that were sent since."""

    #: The root page of a site, or its translation.
    root = models.ForeignKey(PAGE_MODEL, on_delete=models.CASCADE, related_name="+")
    #: Relative to the root, like ``support/report/``.
    path = models.CharField(max_length=255)
    page = models.ForeignKey(PAGE_MODEL, on_delete=models.CASCADE, related_name="+")
    left_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("former path")
        verbose_name_plural = _("former paths")
        constraints = [
            models.UniqueConstraint(fields=["root", "path"], name="portal_former_path_once")
        ]

    def __str__(self) -> str:
        return self.path
