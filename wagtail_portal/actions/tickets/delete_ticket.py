"""Delete a ticket with its conversation."""

from functools import partial

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.models import Attachment, Ticket
from wagtail_portal.permissions import Verb


def delete_ticket(ticket: Ticket, *, by, at=None) -> None:
    """Delete the ticket, its messages and their files. Its number isn't used again.

    :raises NotAllowed: unless ``by`` may delete the ticket.
    """
    by.require(Verb.DELETE, ticket)
    with transaction.atomic():
        attachments = Attachment.objects.of_tickets([ticket.pk])
        files = [file for row in attachments for file in row.stored_files]
        # Not everyone who reads the site's history may know the subject.
        title = f"#{ticket.number}"
        record_for_site(ticket, "delete_ticket", by=by, at=at, title=title, number=ticket.number)
        # After the commit, because a storage isn't part of the transaction.
        for file in files:
            transaction.on_commit(partial(file.storage.delete, file.name), robust=True)
        search.backend().remove(ticket)
        ticket.delete()
