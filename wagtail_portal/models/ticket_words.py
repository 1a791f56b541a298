"""The search index of tickets, which :mod:`wagtail_portal.search` writes and reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import WordsField
from .tickets import Ticket


class TicketWords(models.Model):
    """The words of one ticket. Those that not everyone can search begin with a mark; see
    :mod:`wagtail_portal.search.marks`.

    It's separate from the ticket, which is written far more often. On PostgreSQL, a migration adds
    an index.
    """

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    words = WordsField(default="")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("ticket search words")
        verbose_name_plural = _("ticket search words")

    def __str__(self) -> str:
        return f"#{self.pk}"
