"""Continue bulk changes and imports whose process has died."""

from wagtail_portal.actions.people.import_customers import continue_import
from wagtail_portal.actions.tickets.bulk_change import continue_bulk_change
from wagtail_portal.models import BulkChange, CustomerImport


def continue_stale_runs(*, most: int) -> int:
    """Continue bulk changes and imports that have made no progress for five minutes, and return how
    many tickets and rows were tried.

    :param most: how many to try now.
    """
    tried = 0
    for model, go_on in ((BulkChange, continue_bulk_change), (CustomerImport, continue_import)):
        for run in model.objects.stale()[:most]:
            before = run.position
            tried += go_on(run, most=most - tried).position - before
            if tried >= most:
                return tried
    return tried
