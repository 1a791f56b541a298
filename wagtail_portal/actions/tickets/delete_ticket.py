"""Delete a ticket with its conversation."""

from django.db.models import Q

from wagtail_portal import search
from wagtail_portal.actions._locks import lock_rows, reload_actor, with_locked_tickets
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.models import Notification, Ticket
from wagtail_portal.permissions import Verb

from ._ticket import lock


def delete_ticket(ticket: Ticket, *, by, at=None) -> None:
    """Delete the ticket, its messages and their files. Its number isn't used again.

    :raises NotAllowed: unless ``by`` may delete the ticket.
    :raises Deleted: when it has been deleted before.
    """
    by.require(Verb.DELETE)

    def related() -> set[int]:
        """Return the tickets that are changed: also those that refer to this one."""
        others = Ticket.objects.filter(Q(follow_up_to=ticket.pk) | Q(merged_into=ticket.pk))
        return {ticket.pk, *others.values_list("pk", flat=True)}

    def delete() -> None:
        lock(ticket)
        reload_actor(by)
        by.require(Verb.DELETE, ticket)
        # They also belong to people whose digests are being written.
        lock_rows(Notification.objects.filter(ticket=ticket))
        # Not everyone who reads the site's history may know the subject.
        title = f"#{ticket.number}"
        record_for_site(ticket, "delete_ticket", by=by, at=at, title=title, number=ticket.number)
        search.backend().remove(ticket)
        ticket.delete()

    with_locked_tickets(related, delete)
