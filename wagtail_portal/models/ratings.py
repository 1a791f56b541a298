"""Ratings of tickets by their requesters."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .members import Member
from .tickets import Ticket

#: Days after closing to rate a ticket, and days after rating to change the rating.
DAYS_TO_RATE, DAYS_TO_CHANGE = 30, 7


class Score(models.TextChoices):
    """How satisfied the requester is."""

    GOOD = "good", _("Good")
    FAIR = "fair", _("Okay")
    BAD = "bad", _("Bad")


class Rating(models.Model):
    """The requester's rating of one ticket."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="rating")
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    score = models.CharField(_("rating"), max_length=10, choices=Score)
    comment = models.TextField(_("comment"), blank=True)
    created_at = models.DateTimeField(_("rated at"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        indexes = [models.Index(fields=["created_at"], name="portal_rating_created")]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.get_score_display()}"


def rating_of(ticket: Ticket) -> Rating | None:
    """Return the rating of a ticket, or None."""
    return getattr(ticket, "rating", None)


def can_be_rated(ticket: Ticket, now: datetime | None = None) -> bool:
    """Return whether the requester can rate the ticket now, or change the rating."""
    now = now or timezone.now()
    rating = rating_of(ticket)
    if not ticket.status.is_closed:
        return False
    if rating is not None:
        return now <= rating.created_at + timedelta(days=DAYS_TO_CHANGE)
    return ticket.closed_at is not None and now <= ticket.closed_at + timedelta(days=DAYS_TO_RATE)
