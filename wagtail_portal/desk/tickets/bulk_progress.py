"""Run bulk changes in the background, and show their progress."""

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from wagtail_portal import actions
from wagtail_portal.actions.tickets._bulk_verbs import VERBS
from wagtail_portal.desk.progress import ProgressView, continue_in_slices
from wagtail_portal.models import BulkChange, UndoStep


@task()
def run_bulk_change(pk: int) -> None:
    """Continue a bulk change. Safe to run twice."""
    bulk_change = BulkChange.objects.filter(pk=pk, finished_at=None).first()
    if bulk_change is not None:
        continue_in_slices(bulk_change, actions.continue_bulk_change, run_bulk_change)


class BulkProgressView(ProgressView):
    """Shows the progress of a bulk change."""

    template_name = "wagtail_portal/desk/bulk_progress.html"
    page_title = _("Bulk change")
    run_model, task = BulkChange, run_bulk_change

    def get_context_data(self, **kwargs):
        steps = UndoStep.objects.open_for(self.request.user).filter(bulk_change=self.run)
        return super().get_context_data(can_undo=steps.exists(), **kwargs)

    def permission_of(self, run):
        return VERBS[run.verb][0]
