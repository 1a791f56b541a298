"""Whom a ticket waits on, as its readers see it."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from .members import Member, Reader
from .statuses import State
from .tickets import Follower, Ticket, participates


def with_followed(tickets: QuerySet, member: Member | Reader) -> Any:
    """Annotate ``tickets`` with ``followed``, whether ``member`` follows them."""
    links = Follower.objects.filter(ticket=OuterRef("pk"), member_id=member.pk)
    return tickets.annotate(followed=Exists(links))


def waiting_on(tickets: QuerySet, member: Member | Reader) -> Any:
    """Return those of ``tickets`` that wait for a reply of ``member``: the requester, or a
    follower."""
    return tickets.filter(participates(member), status__state=State.WAITING_ON_CUSTOMER)


def takes_part(ticket: Ticket, member: Member) -> bool:
    """Return whether ``member`` is the requester or a follower of ``ticket``. No query for a ticket
    of :func:`with_followed`."""
    if ticket.requester_id == member.pk:
        return True
    if not hasattr(ticket, "followed"):
        ticket.followed = ticket.follower_links.filter(member=member).exists()
    return ticket.followed


def status_for(ticket: Ticket, member: Member) -> dict:
    """Return what ``includes/status.html`` shows to ``member``: "Waiting on you" only where that's
    true, else "Waiting on" and the requester's name."""
    shown: dict[str, Any] = {"label": ticket.status.localized_label, "state": ticket.status.state}
    if ticket.status.state == State.WAITING_ON_CUSTOMER and not takes_part(ticket, member):
        shown |= {"label": waiting_label(ticket), "is_of_others": True}
    return shown


def waiting_label(ticket: Ticket) -> str:
    """Return whom the ticket waits on, for everyone else."""
    return gettext("Waiting on %(name)s") % {"name": ticket.requester.short_name}
