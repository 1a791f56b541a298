"""A visitor's request becomes a ticket."""

from collections.abc import Callable

from django.db import transaction

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import PendingRequest, Ticket
from wagtail_portal.permissions import Verb

from ._visitors import lock


def complete_request(request: PendingRequest, *, by, open: Callable[[], Ticket]) -> Ticket:
    """Open the ticket of a request whose address is proven; the second time, the ticket of the
    first time is returned.

    :param by: the requester, to whom the files of the request belong from now on.
    :param open: opens the ticket as ``by``, with what the form makes of the answers.
    :raises NotAllowed: while the address is not proven.
    """
    with transaction.atomic():
        lock(request)
        if request.ticket is not None:
            return request.ticket
        if request.proven_at is None:
            raise NotAllowed(Verb.OPEN)
        request.files.filter(message=None).update(uploader=by.user)
        request.ticket = open()
        # The ticket has it all now.
        request.data = {}
        request.save()
        record(request.ticket, "complete_request", by=by)
    return request.ticket
