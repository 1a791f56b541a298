"""Files that customers or agents upload before the message that they belong to."""

import uuid

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError, Invalid, NotAllowed, RateLimited
from wagtail_portal.fields.files import FileLimits, upload_valid_files
from wagtail_portal.models import Attachment

from .actions import upload


def parse_uuid(text: str) -> uuid.UUID | None:
    """Return the ID that a browser sent, or None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def uploads_in_order(uploads, ids: list[str]) -> list[Attachment]:
    """Return the rows of a queryset with these IDs, in their order."""
    keys = [key for text in ids[:100] if (key := parse_uuid(text))]
    found = uploads.in_bulk(keys) if keys else {}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def unsent_uploads(user, ids: list[str]) -> list[Attachment]:
    """Return uploads of ``user`` that are in no message yet, in the order of ``ids``."""
    return uploads_in_order(Attachment.objects.unsent_by(user), ids)


def keep_upload(file, *, by, site, limits: FileLimits | None = None) -> JsonResponse:
    """Save an uploaded file; respond with ``{"id", "name"}``, or with ``{"error"}``, a text.

    :param limits: those of the question that the file answers, narrower than the portal's.
    """
    if file is None:
        return JsonResponse({"error": gettext("No file was received.")}, status=400)
    if limits is not None:
        try:
            limits.check(file)
        except ValidationError as error:
            return JsonResponse({"error": " ".join(error.messages)}, status=400)
    try:
        kept = upload(by=by, site=site, file=file)
    except Invalid as error:
        words = error.errors.get("attachments", "")
        words = words if isinstance(words, str) else " ".join(map(str, words))
        return JsonResponse({"error": words}, status=400)
    except RateLimited:
        words = gettext("You’ve uploaded too many files. Try again in a few minutes.")
        return JsonResponse({"error": words}, status=429)
    except NotAllowed:
        words = gettext("Your role in this organization doesn’t allow this.")
        return JsonResponse({"error": words}, status=403)
    return JsonResponse({"id": str(kept.pk), "name": kept.name})


def keep_files_of(form, *, by, site) -> None:
    """Save the files of a form that had an error elsewhere, so that none is chosen twice."""
    # Files beyond a limit have to be chosen again.
    try:
        upload_valid_files(form, lambda file: upload(by=by, site=site, file=file))
    except ActionError:
        return
