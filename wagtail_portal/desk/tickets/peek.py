"""The last messages of a ticket, shown beside its row in the inbox."""

from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from .detail_view import TicketScreen

#: How many messages are shown.
MESSAGES = 3


class PeekView(TicketScreen):
    """Returns the last messages as a fragment of HTML. The ticket stays unread."""

    def get(self, request, *args, **kwargs):
        messages = self.object.messages.select_related("author").order_by("-pk")[:MESSAGES]
        context = {"ticket": self.object, "peeked": list(messages)[::-1]}
        response = render(request, "wagtail_portal/desk/peek.html", context)
        add_never_cache_headers(response)
        return response
