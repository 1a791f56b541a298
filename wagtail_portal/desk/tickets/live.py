"""For a screen that is open: what is new in the ticket, and who else is there."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from wagtail_portal import actions

from . import presence
from .conversation import news, version
from .detail_view import TicketScreen


class UpdatesView(TicketScreen):
    """What came after ``?after=<message>.<log entry>``, as a part of a page; 304 while the
    version that the screen knows is the present one."""

    def get(self, request, *args, **kwargs):
        tag = version(self.object)
        if request.headers.get("If-None-Match") == tag:
            response = HttpResponse(status=304)
        else:
            response = render(request, "wagtail_portal/desk/updates.html", self.fresh())
        response["ETag"] = tag
        add_never_cache_headers(response)
        return response

    def fresh(self) -> dict:
        """What is new, and what of it the agent did not do."""
        after = [
            int(part) if part.isdecimal() and len(part) < 19 else 0
            for part in self.request.GET.get("after", "").split(".")
        ]
        talk = news(self.object, self.specs, *[*after, 0, 0][:2])
        others = [entry for entry in talk.entries if entry.user_id != self.request.user.pk]
        return {
            "ticket": self.object,
            "conversation": talk,
            "news": [entry for entry in others if entry.message],
            "events": [entry for entry in others if not entry.message],
            "screen_url": self.url("edit"),
        }


class PresenceView(TicketScreen):
    """Takes a report, and answers with who else is there, as a part of a page."""

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
            # The screen is open before somebody's eyes, so what stands on it was read.
            actions.mark_read(self.object, by=self.actor, message=self.object.last_reply)
        context = {"present": presence.others(self.object.pk, request.user)}
        response = render(request, "wagtail_portal/desk/presence.html", context)
        add_never_cache_headers(response)
        return response
