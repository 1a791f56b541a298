"""Updates of an open ticket screen: what's new in the ticket, and who else has it open."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from wagtail_portal import actions
from wagtail_portal.conversation import updates_response
from wagtail_portal.utils.query_params import parse_pk

from . import presence
from .conversation import load_updates, version
from .detail_view import TicketScreen


class UpdatesView(TicketScreen):
    """Returns what came after ``?after=<message>.<log entry>`` as a fragment of HTML; 304 while
    the screen knows the current version."""

    def get(self, request, *args, **kwargs):
        return updates_response(request, version(self.object), self.render_updates)

    def render_updates(self) -> HttpResponse:
        """Return what's new, with a note of what others did."""
        after = [parse_pk(part) or 0 for part in self.request.GET.get("after", "").split(".")]
        user = self.request.user
        found = load_updates(self.object, self.specs, user, *[*after, 0, 0][:2])
        others = [entry for entry in found.entries if not entry["is_own"]]
        context = {
            "ticket": self.object,
            "conversation": found,
            "new_messages": [entry for entry in others if entry["kind"] == "message"],
            "new_events": [entry for entry in others if entry["kind"] == "event"],
            "screen_url": self.url("edit"),
        }
        return render(self.request, "wagtail_portal/desk/updates.html", context)


class PresenceView(TicketScreen):
    """Records that the agent has the ticket open, and returns who else does as a fragment."""

    # Presence is in the cache.
    is_allowed_when_read_only = True

    def get(self, request, *args, **kwargs):
        raise Http404

    def post(self, request, *args, **kwargs):
        state = request.POST.get("state")
        presence.report(
            self.object.pk,
            request.user,
            is_writing=state == "writing",
            is_leaving=state == "leaving",
        )
        if state == "leaving":
            return HttpResponse(status=204)
        if request.POST.get("state") and self.object.last_reply:
            # The script reports only while the screen is visible, so this has been read.
            actions.mark_read(self.object, by=self.actor, message=self.object.last_reply)
        context = {"present": presence.others(self.object.pk, request.user)}
        response = render(request, "wagtail_portal/desk/presence.html", context)
        add_never_cache_headers(response)
        return response
