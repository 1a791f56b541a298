"""Background tasks that continue what an agent began. Each is safe to run twice.

They're loaded at start, because some queues only know the tasks that a worker has imported.
"""

from functools import partial

from django.db import transaction
from django_tasks import task

from wagtail_portal import actions
from wagtail_portal.models import BulkChange, CustomerImport, Erasure, OrganizationMerge
from wagtail_portal.utils.after_response import after_response, let_others_go_first

#: Steps of a run that are made at once.
SLICE = 20


def continue_soon(task, run) -> None:
    """Let a task continue a run once the transaction commits. A task that runs immediately runs
    after the response."""
    work = partial(task.enqueue, run.pk)
    transaction.on_commit(partial(after_response, work))


def continue_in_slices(run, go_on, task) -> None:
    """Finish a run. In the thread of a web process, emails that are waiting go between its slices.

    :param go_on: takes a run and ``most``, and returns the run after so many steps.
    :param task: the task that calls this with the primary key of the run.
    """
    again = partial(task.enqueue, run.pk)
    while run.finished_at is None:
        before = run.position
        run = go_on(run, most=SLICE)
        if run.position == before or let_others_go_first(again):
            return


def _continue(model, pk: int, go_on, task) -> None:
    run = model.objects.filter(pk=pk, finished_at=None).first()
    if run is not None:
        continue_in_slices(run, go_on, task)


@task()
def run_bulk_change(pk: int) -> None:
    """Continue a bulk change."""
    _continue(BulkChange, pk, actions.continue_bulk_change, run_bulk_change)


@task()
def run_import(pk: int) -> None:
    """Continue an import."""
    _continue(CustomerImport, pk, actions.continue_import, run_import)


@task()
def run_erasure(pk: int) -> None:
    """Continue an erasure."""
    _continue(Erasure, pk, actions.continue_erasure, run_erasure)


@task()
def run_organization_merge(pk: int) -> None:
    """Continue a merge."""
    _continue(OrganizationMerge, pk, actions.continue_organization_merge, run_organization_merge)
