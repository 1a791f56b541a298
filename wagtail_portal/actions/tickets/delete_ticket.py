"""Delete a ticket with its conversation."""

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Verb


def delete_ticket(ticket: Ticket, *, by, at=None) -> None:
    """Delete the ticket, its messages and their files. Its number isn't used again.

    :raises NotAllowed: unless ``by`` may delete the ticket.
    """
    by.require(Verb.DELETE, ticket)
    with transaction.atomic():
        # Not everyone who reads the site's history may know the subject.
        title = f"#{ticket.number}"
        record_for_site(ticket, "delete_ticket", by=by, at=at, title=title, number=ticket.number)
        search.backend().remove(ticket)
        ticket.delete()
