"""The progress of what runs in the background."""

from typing import Any

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property

from wagtail_portal.permissions import Verb

from .tasks import continue_soon
from .views import DeskPage


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
