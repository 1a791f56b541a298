"""People outside of an organization with whom one of its tickets was shared."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .members import Member
from .roles import MembersAccess, TicketScope
from .settings import PortalSettings
from .tickets import Ticket


class GuestQuerySet(models.QuerySet):
    def active(self) -> Any:
        """Return the guests of tickets whose portal lets customers share tickets, as long as the
        member who shared the ticket may do so."""
        shares = PortalSettings.objects.filter(customers_share=True)
        return self.filter(
            Q(added_by=F("ticket__requester")) | Q(added_by__role__members=MembersAccess.MANAGE),
            ticket__site__in=shares.values("site"),
            ticket__organization=F("added_by__organization"),
            added_by__user__is_active=True,
            added_by__role__can_edit_tickets=True,
            added_by__role__tickets__in=(TicketScope.OWN, TicketScope.ORGANIZATION),
        )

    def of_address(self, email: str) -> Any:
        """Return the guests who haven't verified this address yet."""
        return self.active().filter(email=email.lower(), member=None)


class Guest(models.Model):
    """Someone who isn't a member, and was given access to one ticket. They see nothing before they
    have verified their address, and then this ticket alone."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="guests", db_index=False
    )
    email = models.EmailField(_("email address"))
    #: Their membership among the visitors; empty until they have verified the address.
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, null=True, related_name="guest_links"
    )
    #: The member who shared the ticket. Guests go with the right to share it.
    added_by = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    #: That of the guest, as soon as it's known.
    language = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = GuestQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["id"]
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "email"], name="portal_guest_once"),
        ]
        indexes = [models.Index(fields=["email"], name="portal_guest_email")]

    def __str__(self) -> str:
        return self.email


def guests_of(ticket: Ticket | int) -> Any:
    """Return who outside of the organization has access to a ticket, verified or not.

    :param ticket: the ticket, or its primary key.
    """
    return Guest.objects.active().filter(ticket=ticket).select_related("member__user")
