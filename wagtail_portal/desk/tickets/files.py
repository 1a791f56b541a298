"""Views that serve attachments to agents."""

from django.views import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_portal.models import Attachment, Ticket
from wagtail_portal.permissions import tickets_for_team
from wagtail_portal.utils.downloads import attachment_response, thumbnail_response


class FileView(PermissionCheckedMixin, View):
    """Serves a file of any message, notes included, in a ticket that the user can see."""

    model = Ticket
    permission_required = "view"

    def get(self, request, pk, name):
        return attachment_response(request, self.find(pk), name)

    def find(self, pk) -> Attachment | None:
        """Return the attachment if it belongs to a ticket that the user can see."""
        tickets = tickets_for_team(self.request.user)
        return Attachment.objects.of_tickets(tickets).filter(pk=pk).first()


class ThumbnailView(FileView):
    """Serves the thumbnail of such a file."""

    def get(self, request, pk):
        return thumbnail_response(request, self.find(pk))
