"""Updates of the inbox: a script asks how much has come in since the page was loaded."""

from django.db.models import Q
from django.http import JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext, ngettext

from wagtail_portal.utils.query_params import pk_in

from .listing import TicketIndexView

#: Beyond this, the button says "more than".
COUNTED = 99


class UpdatesView(TicketIndexView):
    """Counts the tickets of the listing that are new, or have a reply of someone else, ``after``
    the message with that primary key."""

    def get(self, request, *args, **kwargs):
        after = pk_in(request.GET, "after")
        count = 0 if after is None else self.count(after)
        text = gettext("More than %(count)d new") % {"count": COUNTED}
        if count <= COUNTED:
            text = ngettext("%(count)d new", "%(count)d new", count) % {"count": count}
        response = JsonResponse({"count": count, "text": text if count else ""})
        add_never_cache_headers(response)
        return response

    def count(self, after: int) -> int:
        """Return the number of tickets, at most one more than :data:`COUNTED`."""
        of_others = ~Q(last_reply__author=self.request.user) | Q(last_reply__author=None)
        # An index serves the first condition.
        recent = self.get_base_queryset().filter(last_reply__gt=after).filter(of_others)
        tickets = self.exact_matches(self.filter_queryset(recent))
        return len(tickets.order_by().values_list("pk", flat=True)[: COUNTED + 1])
