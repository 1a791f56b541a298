"""The progress of what runs in the background."""

from functools import partial

from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property

from .views import DeskPage


class ProgressView(DeskPage):
    """Shows the progress of one's own run, and continues one that has stopped."""

    #: A subclass of ``BackgroundRun``, its field with all that's to be done, and the task that
    #: continues it.
    run_model = None
    work_field = ""
    task = None

    @cached_property
    def run(self):
        """The run, which only the agent who began it can see."""
        if not self.request.user.is_authenticated:
            raise Http404
        own = self.run_model.objects.filter(user=self.request.user).defer(self.work_field)
        return get_object_or_404(own, pk=self.kwargs["pk"])

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
            transaction.on_commit(partial(self.task.enqueue, self.run.pk))
        return redirect(request.path)
