"""Files that customers or agents upload before the message that they belong to."""

import uuid
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError, Invalid, NotAllowed, RateLimited
from wagtail_portal.fields.files import FileLimits, upload_valid_files
from wagtail_portal.models import Attachment

from .actions import upload


def parse_uuid(text: str) -> uuid.UUID | None:
    """Return the ID that a browser sent, or None if it isn't one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def uploads_in_order(uploads, ids: list[str]) -> list[Attachment]:
    """Return the rows of a queryset with these IDs, in their order."""
    keys = [key for text in ids[:100] if (key := parse_uuid(text))]
    found = uploads.in_bulk(keys) if keys else {}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def own_uploads(user, ids: list[str]) -> list[Attachment]:
    """Return the files that ``user`` uploaded, in the order of ``ids``.

    A form that was sent twice finds those that its message has by now. Actions refuse to send them
    with anything else.
    """
    return uploads_in_order(Attachment.objects.filter(uploader=user), ids)


def save_upload(file, *, by, site, limits: FileLimits | None = None) -> JsonResponse:
    """Save an uploaded file, and return a response with its ``id`` and ``name``, or an ``error``.

    :param limits: those of the question that the file answers, narrower than the portal's.
    """
    if file is None:
        return JsonResponse({"error": gettext("No file was received.")}, status=400)
    try:
        if limits is not None:
            limits.check(file)
        saved = upload(by=by, site=site, file=file)
    except (Invalid, ValidationError) as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=400)
    except RateLimited:
        text = gettext("You’ve uploaded too many files. Try again in a few minutes.")
        return JsonResponse({"error": text}, status=429)
    except NotAllowed:
        text = gettext("Your role in this organization doesn’t allow this.")
        return JsonResponse({"error": text}, status=403)
    return JsonResponse({"id": str(saved.pk), "name": saved.name})


def save_form_files(form, *, by, site) -> None:
    """Save the files of a form with errors elsewhere, so that they needn't be chosen again."""
    # A file beyond a limit has to be chosen again.
    with suppress(ActionError):
        upload_valid_files(form, lambda file: upload(by=by, site=site, file=file))
