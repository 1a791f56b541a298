"""Run bulk changes in the background, and show their progress."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views import View
from django_tasks import task
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_portal import actions
from wagtail_portal.models import BulkChange
from wagtail_portal.permissions import Verb

from .urls import address


@task()
def run_bulk_change(pk: int) -> None:
    """Continue a bulk change. Safe to run twice."""
    bulk_change = BulkChange.objects.filter(pk=pk, finished_at=None).first()
    if bulk_change is not None:
        actions.continue_bulk_change(bulk_change)


class BulkProgressView(WagtailAdminTemplateMixin, View):
    """Show the progress of one's own bulk change."""

    template_name = "wagtail_portal/desk/bulk_progress.html"
    header_icon = "mail"

    def dispatch(self, request, pk):
        if not request.user.has_perm(Verb.VIEW):
            raise PermissionDenied
        own = BulkChange.objects.filter(pk=pk, user=request.user)
        self.bulk_change = own.defer("tickets").first()
        if self.bulk_change is None:
            raise Http404
        return super().dispatch(request, pk)

    def get(self, request, pk):
        if request.headers.get("Accept") == "application/json":
            return self._progress()
        return self.render_to_response(self.get_context_data(bulk_change=self.bulk_change))

    def _progress(self):
        found = self.bulk_change
        response = JsonResponse(
            {"position": found.position, "total": found.total, "finished": bool(found.finished_at)}
        )
        add_never_cache_headers(response)
        return response

    def post(self, request, pk):
        """Continue a bulk change that has stopped."""
        if self.bulk_change.finished_at is None:
            transaction.on_commit(partial(run_bulk_change.enqueue, self.bulk_change.pk))
        return redirect(reverse("wagtail_portal_bulk", args=[pk]))

    def get_page_title(self):
        return gettext("Bulk change")

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": address("list"), "label": gettext("Tickets")},
            {"url": "", "label": self.get_page_title()},
        ]
