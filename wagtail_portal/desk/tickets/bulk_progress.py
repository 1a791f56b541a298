"""The progress of bulk changes."""

from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions.tickets._bulk_verbs import VERBS
from wagtail_portal.desk.progress import ProgressView
from wagtail_portal.desk.tasks import run_bulk_change
from wagtail_portal.models import BulkChange, UndoStep


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
