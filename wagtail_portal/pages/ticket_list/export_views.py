"""The addresses of exports."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import ngettext
from wagtail.contrib.routable_page.models import path

from wagtail_portal import actions
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.view_as import viewed_member
from wagtail_portal.permissions import Actor

from .export import KINDS, export_response


class ExportRoutesMixin:
    """What stands under ``export/``; a part of the portal's main page."""

    @path("export/<slug:kind>/", name="portal_export")
    @members_only
    def export_tickets(self, request, member, kind):
        """The list that the parameters ask for, as a file."""
        if kind not in KINDS:
            raise Http404
        if viewed_member(request) is not None:
            # A file would leave the house, and count among the customer's own.
            return self.only_looking(request)
        tickets = self.find_tickets(request, member)
        try:
            actions.begin_export(by=Actor.for_member(member))
        except RateLimited as error:
            text = ngettext(
                "That was a lot of exports. Try again in %(minutes)d minute.",
                "That was a lot of exports. Try again in %(minutes)d minutes.",
                error.minutes,
            )
            messages.error(request, text % {"minutes": error.minutes})
            return redirect(f"{self.get_url(request)}{tickets.address}")
        return export_response(tickets, kind)
