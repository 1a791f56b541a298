"""Updates of the inbox: a script asks how much has come in since the page was loaded."""

from django.db.models import Q
from django.http import JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext, ngettext

from wagtail_portal.utils.query_params import parse_moment

from .listing import TicketIndexView

#: Beyond this, the button says "more than".
COUNTED = 99


class UpdatesView(TicketIndexView):
    """Counts the tickets of the listing that are new, or have a reply of someone else, ``since`` a
    moment."""

    def get(self, request, *args, **kwargs):
        since = parse_moment(request.GET.get("since", ""))
        count = self.count(since) if since else 0
        text = gettext("More than %(count)d new") % {"count": COUNTED}
        if count <= COUNTED:
            text = ngettext("%(count)d new", "%(count)d new", count) % {"count": count}
        response = JsonResponse({"count": count, "text": text if count else ""})
        add_never_cache_headers(response)
        return response

    def count(self, since) -> int:
        """Return the number of tickets, at most one more than :data:`COUNTED`."""
        user = self.request.user
        of_others = Q(last_reply__created_at__gt=since) & ~Q(last_reply__author=user)
        of_others |= Q(last_reply__created_at__gt=since, last_reply__author=None)
        # An index serves the first condition.
        recent = self.get_base_queryset().filter(team_updated_at__gt=since).filter(of_others)
        tickets = self.exact_matches(self.filter_queryset(recent))
        return len(tickets.order_by().values_list("pk", flat=True)[: COUNTED + 1])
