"""Run bulk changes in the background, and show their progress."""

from functools import partial

from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from wagtail_portal import actions
from wagtail_portal.desk.views import DeskPage
from wagtail_portal.models import BulkChange


@task()
def run_bulk_change(pk: int) -> None:
    """Continue a bulk change. Safe to run twice."""
    bulk_change = BulkChange.objects.filter(pk=pk, finished_at=None).first()
    if bulk_change is not None:
        actions.continue_bulk_change(bulk_change)


class BulkProgressView(DeskPage):
    """Show the progress of one's own bulk change."""

    template_name = "wagtail_portal/desk/bulk_progress.html"
    page_title = _("Bulk change")

    @cached_property
    def bulk_change(self) -> BulkChange:
        """The bulk change, which only the agent who began it can see."""
        own = BulkChange.objects.filter(user=self.request.user).defer("tickets")
        return get_object_or_404(own, pk=self.kwargs["pk"])

    def get(self, request, pk):
        found = self.bulk_change
        if request.headers.get("Accept") != "application/json":
            return self.render_to_response(self.get_context_data(bulk_change=found))
        response = JsonResponse(
            {"position": found.position, "total": found.total, "finished": bool(found.finished_at)}
        )
        add_never_cache_headers(response)
        return response

    def post(self, request, pk):
        """Continue a bulk change that has stopped."""
        if self.bulk_change.finished_at is None:
            transaction.on_commit(partial(run_bulk_change.enqueue, self.bulk_change.pk))
        return redirect(request.path)
