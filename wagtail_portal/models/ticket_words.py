"""The words by which tickets are found. :mod:`wagtail_portal.search` writes and reads them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .tickets import Ticket


class TicketWords(models.Model):
    """The words of one ticket, each once, with a space on both sides of every word.

    Kept apart from the ticket, which is written far more often. On PostgreSQL a migration by hand
    adds two columns that the database computes from these, ``shared_vector`` and
    ``team_vector``, with an index on each.
    """

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    #: What customers who see the ticket may find: number, subject and replies.
    shared = models.TextField(default="")
    #: What only the team finds: words of internal notes.
    internal = models.TextField(default="")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("ticket search words")
        verbose_name_plural = _("ticket search words")

    def __str__(self):
        return f"#{self.pk}"
