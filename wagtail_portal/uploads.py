"""Files on their way into a message, of customers and of the team alike."""

import uuid

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError, Invalid, NotAllowed, RateLimited
from wagtail_portal.fields.files import FileLimits, keep_files
from wagtail_portal.models import Attachment

from .actions import upload


def parse_uuid(text: str) -> uuid.UUID | None:
    """What a browser sent as an id; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def unsent_uploads(user, ids: list[str]) -> list[Attachment]:
    """Those uploads of ``user`` that are in no message yet, in the order of ``ids``."""
    keys = [key for text in ids[:100] if (key := parse_uuid(text))]
    if not keys:
        return []
    found = Attachment.objects.unsent_by(user).in_bulk(keys)
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def keep_upload(file, *, by, site, limits: FileLimits | None = None) -> JsonResponse:
    """Keep a posted file: ``{"id", "name"}``, or ``{"error"}`` in words with status 400.

    :param limits: of the question that the file is for, narrower than the portal's own.
    """
    if file is None:
        return JsonResponse({"error": gettext("No file arrived.")}, status=400)
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
        words = gettext("That were many files in a short time. Try again later.")
        return JsonResponse({"error": words}, status=429)
    except NotAllowed:
        words = gettext("Your role in this organization does not allow this.")
        return JsonResponse({"error": words}, status=403)
    return JsonResponse({"id": str(kept.pk), "name": kept.name})


def keep_files_of(form, *, by, site) -> None:
    """Keep the files of a form that had an error elsewhere, so that none is chosen twice."""
    # When files cannot be kept, because of a limit, they have to be chosen again.
    try:
        keep_files(form, lambda file: upload(by=by, site=site, file=file))
    except ActionError:
        return
