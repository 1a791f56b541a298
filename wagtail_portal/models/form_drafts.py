"""What a member has answered so far in a form of several steps."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .members import Member
from .tickets import PAGE_MODEL


class FormDraft(models.Model):
    """The answers of one member to one form, until it is sent. It outlives their session."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    form = models.ForeignKey(PAGE_MODEL, on_delete=models.CASCADE, related_name="+")
    #: As a browser sends it: lists of texts by field name; uploads by their ids.
    data = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("form draft")
        verbose_name_plural = _("form drafts")
        constraints = [
            models.UniqueConstraint(fields=["member", "form"], name="portal_form_draft_once"),
        ]

    def __str__(self):
        return f"{self.form_id}: {self.member}"
