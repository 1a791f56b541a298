"""Changes of many tickets in the background, and how far they have come."""

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
from wagtail_portal.models import BulkRun
from wagtail_portal.permissions import Verb

from .urls import address


@task()
def run_bulk_change(pk: int) -> None:
    """Do what is left of a change of many tickets. Safe to run twice."""
    run = BulkRun.objects.filter(pk=pk, finished_at=None).first()
    if run is not None:
        actions.continue_bulk_change(run)


class RunView(WagtailAdminTemplateMixin, View):
    """How far one's own change of many tickets has come."""

    template_name = "wagtail_portal/desk/bulk_run.html"
    header_icon = "mail"

    def dispatch(self, request, pk):
        if not request.user.has_perm(Verb.VIEW):
            raise PermissionDenied
        self.run = BulkRun.objects.filter(pk=pk, user=request.user).defer("tickets").first()
        if self.run is None:
            raise Http404
        return super().dispatch(request, pk)

    def get(self, request, pk):
        if request.headers.get("Accept") == "application/json":
            return self._progress()
        return self.render_to_response(self.get_context_data(run=self.run))

    def _progress(self):
        run = self.run
        response = JsonResponse(
            {"position": run.position, "total": run.total, "finished": bool(run.finished_at)}
        )
        add_never_cache_headers(response)
        return response

    def post(self, request, pk):
        """Go on with one that has stopped; what is done stays done."""
        if self.run.finished_at is None:
            transaction.on_commit(partial(run_bulk_change.enqueue, self.run.pk))
        return redirect(reverse("wagtail_portal_bulk", args=[pk]))

    def get_page_title(self):
        return gettext("Change of many tickets")

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": address("list"), "label": gettext("Tickets")},
            {"url": "", "label": self.get_page_title()},
        ]
