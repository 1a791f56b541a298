"""Fragments of a ticket: what's new since its screen was opened, who else has it open, and what was
said last."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from wagtail_portal import actions
from wagtail_portal.conversation import updates_response
from wagtail_portal.utils.query_params import parse_pk

from . import presence
from .conversation import load_updates, version
from .detail_view import TicketScreen

#: What an agent does who has the ticket open.
STATES = ("viewing", "writing")
#: How many messages are shown beside the row of a ticket in the inbox.
PEEKED = 3


class UpdatesView(TicketScreen):
    """Returns what came after ``?after=<message>.<log entry>`` and who else is there, as a fragment
    of HTML; 304 while the screen knows the current version.

    The script asks every few seconds, so this reads as little as possible. ``?state=`` says whether
    the agent is writing.
    """

    object: Any
    #: Presence only, which is read by itself.
    cache_keys: Any = ()

    def get_base_object_queryset(self):
        found = super().get_base_object_queryset()
        return found.select_related(None).only("status", "revision")

    def get(self, request, *args, **kwargs):
        pk, user, state = self.object.pk, request.user, request.GET.get("state")
        if state in STATES:
            self.present = presence.poll(pk, user, is_writing=state == "writing")
        else:
            self.present = presence.others(pk, user)
        return updates_response(request, version(self.object, self.present), self.render_updates)

    def render_updates(self) -> HttpResponse:
        """Return what's new, with a note of what others did."""
        self.object = super().get_base_object_queryset().filter(pk=self.object.pk).first()
        if self.object is None:
            raise Http404
        after = [parse_pk(part) or 0 for part in self.request.GET.get("after", "").split(".")]
        user = self.request.user
        statuses = self.settings.statuses
        found = load_updates(self.object, self.specs, statuses, user, *[*after, 0, 0][:2])
        others = [entry for entry in found.entries if not entry["is_own"]]
        context = {
            "ticket": self.object,
            "conversation": found,
            "new_messages": [entry for entry in others if entry["kind"] == "message"],
            "new_events": [entry for entry in others if entry["kind"] == "event"],
            "screen_url": self.url("edit"),
            "present": self.present,
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


class PeekView(TicketScreen):
    """Returns the last messages, for the inbox, as a fragment of HTML. The ticket stays unread."""

    def get(self, request, *args, **kwargs):
        messages = self.object.messages.select_related("author").order_by("-pk")[:PEEKED]
        context = {"ticket": self.object, "peeked": list(messages)[::-1]}
        response = render(request, "wagtail_portal/desk/peek.html", context)
        add_never_cache_headers(response)
        return response
