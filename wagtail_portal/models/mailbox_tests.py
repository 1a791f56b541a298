"""The last test of a portal's incoming email."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailboxTest(models.Model):
    """A test email that was sent to the portal's own reply address, and what's known about it."""

    site = models.OneToOneField("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    #: Part of the Message-ID.
    key = models.CharField(max_length=32)
    started_at = models.DateTimeField(default=timezone.now)
    #: What was found when connecting: a list of steps with ``label``, ``state`` and ``detail``.
    connections = models.JSONField(default=list)
    #: Why the email couldn't be sent.
    error = models.CharField(max_length=500, blank=True)
    arrived_at = models.DateTimeField(null=True)
    #: Whether its sender is verified, as in ``received_email.Verdict``.
    verdict = models.CharField(max_length=10, blank=True)
    #: The names of the servers that wrote ``Authentication-Results`` into it.
    servers = models.JSONField(default=list)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("test of incoming email")
        verbose_name_plural = _("tests of incoming email")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.site)
