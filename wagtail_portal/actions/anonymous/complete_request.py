"""Turn a visitor's request into a ticket."""

from collections.abc import Callable

from django.db import transaction

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import PendingRequest, Ticket
from wagtail_portal.permissions import Verb

from ._visitors import lock


def complete_request(request: PendingRequest, *, by, open: Callable[[], Ticket]) -> Ticket:
    """Open the ticket of a request with a verified address, and return it. If it was opened before,
    that ticket is returned.

    :param by: the requester, to whom the files of the request belong from then on.
    :param open: opens the ticket as ``by``, from the form's answers.
    :raises NotAllowed: while the address isn't verified.
    """
    with transaction.atomic():
        lock(request)
        if request.ticket is not None:
            return request.ticket
        if request.proven_at is None:
            raise NotAllowed(Verb.OPEN)
        request.files.filter(message=None).update(uploader=by.user)
        request.ticket = open()
        # The answers are in the ticket now.
        request.data = {}
        request.save()
        record(request.ticket, "complete_request", by=by)
    return request.ticket
