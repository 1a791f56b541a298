"""Whether something has come in since the inbox was loaded: asked by a script, and cheap."""

from django.db.models import Q
from django.http import JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext

from .listing import TicketIndexView

#: Nobody counts further.
COUNTED = 99


class NewsView(TicketIndexView):
    """How many tickets of the listing are new, or have a reply that is not one's own, ``since`` a
    moment. Reads no more of them than it counts."""

    def get(self, request, *args, **kwargs):
        since = self.since()
        count = self.count(since) if since else 0
        words = gettext("More than %(count)d new") % {"count": COUNTED}
        if count <= COUNTED:
            words = ngettext("%(count)d new", "%(count)d new", count) % {"count": count}
        response = JsonResponse({"count": count, "words": words if count else ""})
        add_never_cache_headers(response)
        return response

    def since(self):
        """The moment that was asked for; None for none."""
        try:
            moment = parse_datetime(self.request.GET.get("since", "")[:40])
        except ValueError:
            return None
        return moment if moment and moment.tzinfo else None

    def count(self, since) -> int:
        """Up to one more than :data:`COUNTED`."""
        user = self.request.user
        of_others = Q(last_reply__created_at__gt=since) & ~Q(last_reply__author=user)
        of_others |= Q(last_reply__created_at__gt=since, last_reply__author=None)
        # The first condition is served by the index of the order.
        recent = self.get_base_queryset().filter(team_updated_at__gt=since).filter(of_others)
        found = self.search_queryset(self.filter_queryset(recent))
        return len(found.order_by().values_list("pk", flat=True)[: COUNTED + 1])
