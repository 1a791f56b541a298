"""Delete a ticket with its conversation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from wagtail_portal import search
from wagtail_portal.actions._locks import lock_rows, with_locked_tickets
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import (
    Notification,
    PendingRequest,
    ReceivedEmail,
    Ticket,
    TicketLogEntry,
)
from wagtail_portal.permissions import Actor, Verb

from ._ticket import lock


def delete_ticket(ticket: Ticket, *, by: Actor, at: datetime | None = None) -> None:
    """Delete the ticket, its messages and their files. Its number isn't used again.

    :raises NotAllowed: unless ``by`` may delete the ticket.
    :raises Deleted: when it has been deleted before.
    :raises Invalid: when its organization is under legal hold.
    """
    by.require(Verb.DELETE)
    _delete(ticket, by, at)


def delete_old_ticket(
    ticket: Ticket, *, is_due: Callable[[], bool], by: Actor, at: datetime | None = None
) -> None:
    """Delete the ticket and its log entries, which contain its subject.

    :param is_due: asked once the ticket is locked whether to delete it.
    """
    _delete(ticket, by, at, is_due=is_due)


def _delete(ticket: Ticket, by: Actor, at: datetime | None, is_due: Any = None) -> None:
    """Delete the ticket; with ``is_due``, only if that's so, and together with its log entries."""

    def related() -> set[int]:
        """Return the tickets that are changed: also those that refer to this one."""
        others = Ticket.objects.filter(Q(follow_up_to=ticket.pk) | Q(merged_into=ticket.pk))
        return {ticket.pk, *others.values_list("pk", flat=True)}

    def delete() -> None:
        by.require(Verb.DELETE, ticket)
        if ticket.organization.legal_hold:
            raise Invalid(gettext("The organization is under legal hold."))
        if is_due is not None and not is_due():
            return
        # They also belong to people whose digests are being written.
        lock_rows(Notification.objects.filter(ticket=ticket))
        # Not everyone who reads the site's history may know the subject.
        title = f"#{ticket.number}"
        record_for_site(ticket, "delete_ticket", by=by, at=at, title=title, number=ticket.number)
        ReceivedEmail.objects.filter(ticket=ticket).delete()
        search.backend().remove(ticket)
        if is_due is not None:
            TicketLogEntry.objects.for_instance(ticket).delete()
        ticket.delete()

    def lock_first() -> None:
        # What's being added locks itself before its ticket.
        for model in (PendingRequest, ReceivedEmail):
            lock_rows(model.objects.filter(ticket=ticket))

    with_locked_tickets(related, delete, by=by, before=lock_first, after=lambda: lock(ticket))
