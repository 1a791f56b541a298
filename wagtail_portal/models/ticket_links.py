"""What one ticket is to another, in the team's eyes."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .tickets import Ticket


class LinkKind(models.TextChoices):
    """What ``ticket`` is to ``target``; a follow-up is kept with the ticket itself."""

    DUPLICATE = "duplicate", _("Duplicate of")
    FOLLOW_UP = "follow_up", _("Follow-up to")
    RELATED = "related", _("Related to")


class TicketLink(models.Model):
    """A link between two tickets. Customers see none of them."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(_("kind"), max_length=10, choices=LinkKind)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("ticket link")
        verbose_name_plural = _("ticket links")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "target"], name="portal_ticket_link_once"),
        ]

    def __str__(self):
        return f"{self.ticket_id} {self.kind} {self.target_id}"
