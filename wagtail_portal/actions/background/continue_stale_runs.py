"""Continue bulk changes, imports, erasures and merges whose process has died."""

from collections.abc import Callable
from typing import Any

from wagtail_portal.actions.people.erasures import continue_erasure
from wagtail_portal.actions.people.import_customers import continue_import
from wagtail_portal.actions.people.organization_merges import continue_organization_merge
from wagtail_portal.actions.tickets.bulk_change import continue_bulk_change
from wagtail_portal.models import BulkChange, CustomerImport, Erasure, OrganizationMerge, lease_end

#: What runs in the background, and the function that continues it.
RUNS: dict[Any, Callable] = {
    BulkChange: continue_bulk_change,
    CustomerImport: continue_import,
    Erasure: continue_erasure,
    OrganizationMerge: continue_organization_merge,
}


def continue_stale_runs(*, most: int) -> int:
    """Continue what has made no progress for five minutes, and return how many tickets, rows and
    people were tried.

    :param most: how many to try now.
    """
    tried = 0
    for model, go_on in RUNS.items():
        for run in model.objects.stale()[:most]:
            # If it kills this process, too, others have their turn before it's tried again.
            if not model.objects.stale().filter(pk=run.pk).update(active_until=lease_end()):
                continue
            before = run.position
            tried += go_on(run, most=most - tried).position - before
            if tried >= most:
                return tried
    return tried
