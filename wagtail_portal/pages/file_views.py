"""Download attachments, and upload them ahead of their message."""

from django.http import Http404

from wagtail_portal.fields.files import FilesField
from wagtail_portal.models import Attachment
from wagtail_portal.permissions import Actor
from wagtail_portal.uploads import save_upload
from wagtail_portal.utils.downloads import attachment_response, thumbnail_response
from wagtail_portal.utils.query_params import pk_in

from .access import in_any_organization, members_only
from .context import portal_context
from .ticket_form.form_page import TicketFormPageMixin


@members_only
@in_any_organization
def file(request, page, member, pk):
    """Send a file of a message that the member may read."""
    # The URL doesn't hold its name, because Wagtail routes no path with a dot in it.
    return attachment_response(request, _find(request, member, pk))


@members_only
@in_any_organization
def thumbnail(request, page, member, pk):
    """Send the thumbnail of an attachment."""
    return thumbnail_response(request, _find(request, member, pk))


@members_only
def upload(request, page, member):
    """Save a file ahead of its form, for the script that shows the progress. Without a script,
    files come with the form."""
    if request.method != "POST":
        raise Http404
    return save_upload(
        request.FILES.get("file"),
        by=Actor.for_member(member),
        site=portal_context(request).site,
        limits=_limits_of_question(request, page, member),
    )


def _limits_of_question(request, page, member):
    """Return the limits of the question that a file answers, or None if the member isn't asked such
    a question. The form checks again, whatever the browser claims here."""
    pk = pk_in(request.POST, "form")
    if pk is None:
        return None
    page = page.get_children().live().filter(pk=pk).specific().first()
    if not isinstance(page, TicketFormPageMixin) or not page.is_for(member):
        return None
    fields = page.build_form(request, member).fields
    field = fields.get(request.POST.get("question", ""))
    return field.limits if isinstance(field, FilesField) else None


def _find(request, member, pk) -> Attachment | None:
    _member, attachment = portal_context(request).find_as(
        member, lambda row: Attachment.objects.visible_to(row).filter(pk=pk).first()
    )
    return attachment
