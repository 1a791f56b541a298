"""A ticket is gone, with everything that was said in it."""

from functools import partial

from django.db import transaction

from wagtail_portal import search
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.models import Attachment, Ticket
from wagtail_portal.permissions import Verb


def delete_ticket(ticket: Ticket, *, by, at=None) -> None:
    """Delete the ticket, its messages and their files. Its number is never given again.

    :raises NotAllowed: unless ``by`` may delete tickets.
    """
    by.require(Verb.DELETE, ticket)
    with transaction.atomic():
        attachments = Attachment.objects.of_tickets([ticket.pk])
        files = [file for row in attachments for file in row.stored_files]
        # The number alone: the subject is not for all who read the history of the site.
        title = f"#{ticket.number}"
        record_for_site(ticket, "delete_ticket", by=by, at=at, title=title, number=ticket.number)
        # Only when nothing can undo it any more: a storage knows no transactions.
        for file in files:
            transaction.on_commit(partial(file.storage.delete, file.name), robust=True)
        search.backend().remove(ticket)
        ticket.delete()
