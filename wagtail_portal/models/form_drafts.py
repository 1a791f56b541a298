"""Forms that members haven't sent yet, and those of visitors who haven't been verified yet."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .members import Member
from .tickets import PAGE_MODEL, Ticket


class FormDraft(models.Model):
    """The answers of one member to one form, until it's sent. It outlives their session."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    form = models.ForeignKey(PAGE_MODEL, on_delete=models.CASCADE, related_name="+")
    #: Lists of submitted values by field name; uploads by their IDs.
    data = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("form draft")
        verbose_name_plural = _("form drafts")
        constraints = [
            models.UniqueConstraint(fields=["member", "form"], name="portal_form_draft_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id}: {self.member}"


class PendingRequest(models.Model):
    """The answers of one visitor to one form, before they verify their email address.

    Only the visitor's session has its key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    #: Empty if the form was deleted.
    form = models.ForeignKey(PAGE_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    address = models.EmailField(_("email address"), blank=True)
    #: Lists of submitted values by field name; uploads by their IDs.
    data = models.JSONField(default=dict)
    #: A digest of the visitor's IP address.
    client = models.CharField(max_length=64, blank=True)
    #: A digest of the last code, keyed with the site's secret key.
    code_digest = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    proven_at = models.DateTimeField(null=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("visitor request")
        verbose_name_plural = _("visitor requests")
        indexes = [models.Index(fields=["updated_at"], name="portal_request_age")]

    def __str__(self) -> str:
        return str(self.pk)
