"""What a visitor who is not signed in has sent, until they have proven their address."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .tickets import PAGE_MODEL, Ticket


class PendingRequest(models.Model):
    """The answers of one visitor to one form. It is no ticket before the address is proven.

    Known to the browser that began it alone, which keeps its key in the session.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    #: Empty when the form was deleted meanwhile: what was typed stays.
    form = models.ForeignKey(PAGE_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    address = models.EmailField(_("email address"), blank=True)
    #: As a browser sends it: lists of texts by field name; uploads by their ids.
    data = models.JSONField(default=dict)
    #: A digest of where the visitor came from; it tells no address.
    client = models.CharField(max_length=64, blank=True)
    #: A digest of the code that was mailed last, under the site's secret key; never the code.
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

    def __str__(self):
        return str(self.pk)
