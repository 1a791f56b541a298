"""Save or discard what visitors answered in a form."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.actions.tickets._files import checked_files
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import Attachment, PendingRequest
from wagtail_portal.utils import markup
from wagtail_portal.utils.rate_limits import HOUR, limit

from ._visitors import ANONYMOUS

#: Characters of all answers together: enough for long messages, too little to store data with us.
MAX_CHARACTERS = 200_000


def save_request(
    form, *, site, client: str, data: dict[str, list[str]], files=(), request=None
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
    if files:
        _require_room(site, files)
    with transaction.atomic(), checked_files(ANONYMOUS, site, files) as saver:
        if request is None:
            request = PendingRequest(site=site, form_id=form.pk)
        request.client, request.data, request.updated_at = client, cleaned, now
        request.save()
        uploads = saver.for_message(None, now)
        Attachment.objects.filter(pk__in=[upload.pk for upload in uploads]).update(request=request)
    return request, uploads


def _require_room(site, files) -> None:
    """Refuse files once those of all visitors that aren't in a ticket yet take up too much room."""
    room = conf.VISITOR_FILES_MB * 1024 * 1024
    waiting = Attachment.objects.filter(message=None, request__site=site)
    used = waiting.aggregate(sum=Sum("size"))["sum"] or 0
    if room and used + sum(file.size for file in files) > room:
        raise RateLimited(HOUR // 60)


def discard_requests(*, older_than) -> int:
    """Delete requests that nobody touched for ``older_than``, a timedelta, and return how many.

    Their files are deleted by :func:`~wagtail_portal.actions.discard_uploads`.
    """
    old = PendingRequest.objects.filter(updated_at__lt=timezone.now() - older_than)
    return old.delete()[1].get("wagtail_portal.PendingRequest", 0)
