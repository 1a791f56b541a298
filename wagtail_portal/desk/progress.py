"""The progress of what runs in the background."""

from functools import partial

from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property

from wagtail_portal.utils.after_response import after_response

from .views import DeskPage


def continue_soon(task, run) -> None:
    """Let a task continue a run once the transaction commits. A task that runs immediately runs
    after the response."""
    work = partial(task.enqueue, run.pk)
    transaction.on_commit(partial(after_response, work))


class ProgressView(DeskPage):
    """Shows the progress of a run, and continues one that has stopped."""

    #: A subclass of ``BackgroundRun``, and the task that continues it.
    run_model = None
    task = None

    @cached_property
    def run(self):
        """The run, which the agent who began it and superusers can see."""
        user = self.request.user
        if not user.is_authenticated:
            raise Http404
        runs = self.run_model.objects.defer(self.run_model.work_field)
        if not user.is_superuser:
            runs = runs.filter(user=user)
        return get_object_or_404(runs, pk=self.kwargs["pk"])

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
