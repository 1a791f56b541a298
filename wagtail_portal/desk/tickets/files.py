"""Views that serve attachments to agents."""

import logging

from django.shortcuts import render
from django.utils.translation import gettext
from django.views import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_portal.exceptions import StorageUnavailable
from wagtail_portal.models import Attachment, Ticket
from wagtail_portal.permissions import tickets_for_team
from wagtail_portal.utils.downloads import attachment_response, thumbnail_response

logger = logging.getLogger(__name__)


class FileView(PermissionCheckedMixin, View):
    """Serves a file of any message, notes included, in a ticket that the user can see."""

    model = Ticket
    permission_required = "view"

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except StorageUnavailable:
            logger.exception("An attachment can't be read.")
            context = {"header_title": gettext("File not available"), "header_icon": "warning"}
            context["page_title"] = context["header_title"]
            return render(
                request, "wagtail_portal/desk/storage_unavailable.html", context, status=503
            )

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
