"""The search index of tickets, which :mod:`wagtail_portal.search` writes and reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .tickets import Ticket


class TicketWords(models.Model):
    """The words of one ticket, each once in its column, with a space on both sides of every word.

    It's separate from the ticket, which is written far more often. On PostgreSQL, a migration adds
    two indexed columns that are computed from these: ``shared_vector`` and ``team_vector``.
    """

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    #: What customers can search: number, subject, answers, replies and the names of their files.
    shared = models.TextField(default="")
    #: What only the team can search: internal notes and the names of their files.
    internal = models.TextField(default="")
    #: The requester's name, which can change in many tickets at once.
    names = models.TextField(default="")
    #: The values of ticket fields. Each word names its field, and is searched only for people who
    #: see the field.
    fields = models.TextField(default="")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("ticket search words")
        verbose_name_plural = _("ticket search words")

    def __str__(self):
        return f"#{self.pk}"
