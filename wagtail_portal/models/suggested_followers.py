"""Members who got a copy of an email and could follow the ticket."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from .members import Member
from .tickets import Follower, Ticket


class SuggestedFollowerQuerySet(models.QuerySet):
    def to_decide(self, ticket: Ticket) -> Self:
        """Return the suggestions for a ticket that still make sense."""
        followers = Follower.objects.filter(ticket=ticket.pk).values("member")
        members = Member.objects.with_access().filter(organization=ticket.organization_id)
        found = self.filter(ticket=ticket.pk, member__in=members.values("pk"))
        found = found.exclude(member=ticket.requester_id).exclude(member__in=followers)
        return found.select_related("member__user").order_by("pk")


class SuggestedFollower(models.Model):
    """A member to whom an email about a ticket was also sent. They get no access by that: the team
    or the requester decides, and the row is deleted."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    #: Who sent the email, if that was a member. They know to whom.
    sender = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = SuggestedFollowerQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("suggested follower")
        verbose_name_plural = _("suggested followers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["ticket", "member"], name="portal_suggested_once"),
        ]

    def __str__(self) -> str:
        return str(self.member)
