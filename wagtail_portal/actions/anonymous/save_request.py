"""What a visitor has typed so far is kept, and the files that came along."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from wagtail_portal import conf
from wagtail_portal.actions.tickets._files import kept_files
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import Attachment, PendingRequest
from wagtail_portal.utils import markup
from wagtail_portal.utils.rate_limits import HOUR, limit

from ._visitors import NOBODY

#: Characters of all answers together: enough for very long messages, too little for a store.
MAX_CHARACTERS = 200_000


def save_request(
    form, *, site, client: str, data: dict[str, list[str]], files=(), request=None
) -> tuple[PendingRequest, list[Attachment]]:
    """Keep ``data``, lists of texts by field name, and new ``files``; returns the request, a new
    one without ``request``, and the uploads.

    :param client: a digest of where the visitor comes from.
    :raises RateLimited: for more than a visitor may keep.
    :raises Invalid: with the key ``attachments`` when a file is refused.
    """
    limit("VISITOR_SAVES_PER_CLIENT", client)
    cleaned = {name: [markup.clean(value) for value in values] for name, values in data.items()}
    if sum(len(value) for values in cleaned.values() for value in values) > MAX_CHARACTERS:
        raise RateLimited(HOUR // 60)
    files, now = list(files), timezone.now()
    if files:
        _require_room(site, files)
    with transaction.atomic(), kept_files(NOBODY, site, files) as keep:
        if request is None:
            request = PendingRequest(site=site, form_id=form.pk)
        request.client, request.data, request.updated_at = client, cleaned, now
        request.save()
        uploads = keep(None, now)
        Attachment.objects.filter(pk__in=[upload.pk for upload in uploads]).update(request=request)
    return request, uploads


def _require_room(site, files) -> None:
    """Anybody can send files: together, those that are no part of a ticket yet have a limit."""
    room = conf.VISITOR_FILES_MB * 1024 * 1024
    waiting = Attachment.objects.filter(message=None, request__site=site)
    used = waiting.aggregate(sum=Sum("size"))["sum"] or 0
    if room and used + sum(file.size for file in files) > room:
        raise RateLimited(HOUR // 60)
