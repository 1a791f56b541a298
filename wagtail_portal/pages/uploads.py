"""Files that members upload before their message."""

from django.http import JsonResponse

from wagtail_portal.fields.files import FileLimits
from wagtail_portal.models import Attachment, Member, PortalSettings
from wagtail_portal.permissions import Actor
from wagtail_portal.uploads import save_form_files, save_upload, unsent_uploads


def find_uploads(member: Member | None, ids: list[str]) -> list[Attachment]:
    """Return the member's uploads that are in no message yet, in the order of ``ids``."""
    return [] if member is None else unsent_uploads(member.user, ids)


def upload_response(request, member: Member, limits: FileLimits | None = None) -> JsonResponse:
    """Save the posted ``file``; see :func:`wagtail_portal.uploads.save_upload`."""
    site = PortalSettings.current(request).site
    file = request.FILES.get("file")
    return save_upload(file, by=Actor.for_member(member), site=site, limits=limits)


def save_member_files(request, member: Member, form) -> None:
    """Save the files of a form with errors elsewhere, so that they needn't be chosen again."""
    site = PortalSettings.current(request).site
    save_form_files(form, by=Actor.for_member(member), site=site)
