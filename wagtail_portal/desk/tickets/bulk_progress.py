"""Run bulk changes in the background, and show their progress."""

from django.utils.translation import gettext_lazy as _
from django_tasks import task

from wagtail_portal import actions
from wagtail_portal.desk.progress import ProgressView
from wagtail_portal.models import BulkChange


@task()
def run_bulk_change(pk: int) -> None:
    """Continue a bulk change. Safe to run twice."""
    bulk_change = BulkChange.objects.filter(pk=pk, finished_at=None).first()
    if bulk_change is not None:
        actions.continue_bulk_change(bulk_change)


class BulkProgressView(ProgressView):
    """Shows the progress of a bulk change."""

    template_name = "wagtail_portal/desk/bulk_progress.html"
    page_title = _("Bulk change")
    run_model, task = BulkChange, run_bulk_change
