"""The addresses of attachments: to fetch one, and to send one ahead of its message."""

from django.http import Http404

from wagtail_portal.fields.files import FilesField
from wagtail_portal.models import Attachment
from wagtail_portal.utils.downloads import attachment_response, thumbnail_response

from .access import in_any_organization, members_only
from .context import portal_context
from .ticket_form.form_page import TicketFormPageMixin
from .uploads import upload_response


@members_only
@in_any_organization
def file(request, page, member, pk):
    """A file of a message that the member may read."""
    # Its name is not in the address: Wagtail routes no path with a dot in it.
    return attachment_response(request, _find(request, member, pk))


@members_only
@in_any_organization
def thumbnail(request, page, member, pk):
    """The small picture of such a file."""
    return thumbnail_response(request, _find(request, member, pk))


@members_only
def upload(request, page, member):
    """Take one file ahead of the form that it belongs to, for the script that shows how far
    it got; without a script, files come with the form."""
    if request.method != "POST":
        raise Http404
    return upload_response(request, member, _limits_of_question(request, page, member))


def _limits_of_question(request, page, member):
    """What the question that a file is for takes; None when the address names none that the
    member could be asked. The form asks again, whatever was said here."""
    pk = request.POST.get("form", "")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    page = page.get_children().live().filter(pk=int(pk)).specific().first()
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
