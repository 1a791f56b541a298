"""The progress of what runs in the background."""

from functools import partial
from typing import Any

from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property

from wagtail_portal.permissions import Verb
from wagtail_portal.utils.after_response import after_response, let_others_go_first

from .views import DeskPage

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


class ProgressView(DeskPage):
    """Shows the progress of a run, and continues one that has stopped."""

    #: A subclass of ``BackgroundRun``, and the task that continues it.
    run_model: Any = None
    task: Any = None

    def permission_of(self, run) -> Verb:
        """Return the permission that beginning such a run needs."""
        raise NotImplementedError

    @cached_property
    def run(self):
        """The run, which the agent who began it can see, and all who could do the same for every
        customer."""
        if not self.request.user.is_authenticated:
            raise Http404
        runs = self.run_model.objects.defer(self.run_model.work_field)
        found = get_object_or_404(runs, pk=self.kwargs["pk"])
        is_own = found.user_id == self.request.user.pk
        if not (is_own or self.actor.may_everywhere(self.permission_of(found))):
            raise Http404
        return found

    def get(self, request, pk):
        found = self.run
        if request.headers.get("Accept") != "application/json":
            return self.render_to_response(self.get_context_data(run=found))
        response = JsonResponse(
            {"position": found.position, "total": found.total, "finished": bool(found.finished_at)}
        )
        add_never_cache_headers(response)
        return response

    def post(self, request, pk):
        """Continue a run that has stopped."""
        if self.run.finished_at is None:
            continue_soon(self.task, self.run)
        return redirect(request.path)
