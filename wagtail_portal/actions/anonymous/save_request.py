"""Save a visitor's answers to a form, turn them into a ticket, or discard them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal import conf
from wagtail_portal.actions._locks import for_update, lock_rows
from wagtail_portal.actions._log import record
from wagtail_portal.actions.rate_limits import HOUR, limit
from wagtail_portal.actions.tickets._files import checked_files, exceeds_space
from wagtail_portal.exceptions import Invalid, NotAllowed, RateLimited
from wagtail_portal.models import Attachment, PendingRequest, PortalSettings, Ticket
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.rows import delete_some

#: Characters of all answers together: enough for long messages, too few to misuse as storage.
MAX_CHARACTERS = 200_000
#: A visitor who hasn't verified an address, and may do nothing.
ANONYMOUS = Actor()


def lock_request(request: PendingRequest) -> None:
    """Lock the row of a request until the transaction ends, and reload it.

    :raises Invalid: when it has been deleted, because it's too old or the person was erased.
    """
    try:
        request.refresh_from_db(from_queryset=for_update(PendingRequest.objects.all()))
    except PendingRequest.DoesNotExist as error:
        raise Invalid(gettext("This request has expired. Send the form again.")) from error


def save_request(
    form: Any,
    *,
    site: Site,
    client: str,
    data: dict[str, list[str]],
    files: Any = (),
    request: Any = None,
) -> tuple[PendingRequest, list[Attachment]]:
    """Save a visitor's answers and new files, and return the request and the uploads.

    :param client: a digest of the visitor's IP address.
    :param data: lists of texts by field name.
    :param request: the request to update; None for a new one.
    :raises RateLimited: when the visitor, or all visitors together, store too much.
    :raises Invalid: with the key ``attachments`` when a file is refused.
    """
    limit("VISITOR_SAVES_PER_CLIENT", client)
    cleaned = {name: [markup.clean(value) for value in values] for name, values in data.items()}
    if sum(len(value) for values in cleaned.values() for value in values) > MAX_CHARACTERS:
        raise RateLimited(HOUR // 60)
    files, now = list(files), timezone.now()
    # Nothing is stored if there's no space, and none of the files that come at the same moment
    # takes the space of another one.
    _require_space(site, client, files)
    with checked_files(ANONYMOUS, site, files) as saver:
        if files:
            lock_rows(PortalSettings.objects.filter(site=site))
            _require_space(site, client, files)
        request = _save(request, client=client, data=cleaned, updated_at=now)
        if request is None:
            request = PendingRequest.objects.create(
                site=site, form_id=form.pk, client=client, data=cleaned, updated_at=now
            )
        uploads = saver.for_message(None, now)
        Attachment.objects.filter(pk__in=[upload.pk for upload in uploads]).update(request=request)
    return request, uploads


def _save(request: PendingRequest | None, **changes: Any) -> PendingRequest | None:
    """Change a request, and return it as it is now, or None if it's gone."""
    if request is None:
        return None
    # Only these columns: in another tab, its code may be entered at the same moment. The answers of
    # a request that's a ticket by now are in the ticket.
    same = PendingRequest.objects.filter(pk=request.pk)
    same.filter(ticket=None).update(**changes)
    return same.first()


def _require_space(site: Site, client: str, files: Any) -> None:
    """Refuse files if files that aren't in a ticket yet, of the visitor or of all visitors, take up
    too much space."""
    waiting = Attachment.objects.filter(message=None, request__site=site)
    if not files:
        return
    for megabytes, found in (
        (conf.VISITOR_FILES_MB, waiting),
        (conf.VISITOR_FILES_MB_PER_CLIENT, waiting.filter(request__client=client)),
    ):
        if exceeds_space(found, files, megabytes):
            raise RateLimited(HOUR // 60)


def complete_request(request: PendingRequest, *, by: Actor, open: Callable[[], Ticket]) -> Ticket:
    """Open the ticket of a request with a verified address, and return it. If it was opened before,
    that ticket is returned.

    :param by: the requester, to whom the files of the request belong from then on.
    :param open: opens the ticket as ``by``, from the form's answers.
    :raises NotAllowed: while the address isn't verified.
    :raises Invalid: when the request has been deleted.
    """
    with transaction.atomic():
        lock_request(request)
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


def discard_requests(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete requests unchanged for ``older_than``, and return how many.

    Their files are deleted by :func:`~wagtail_portal.actions.discard_uploads`.

    :param most: how many to delete now; None for all.
    """
    old = PendingRequest.objects.filter(updated_at__lt=timezone.now() - older_than)
    return delete_some(old, most)
