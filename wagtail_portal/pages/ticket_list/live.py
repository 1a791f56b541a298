"""Which tickets have changed, for an open list that polls for it.

The URL is outside the portal's page tree, as that of a ticket's updates.
"""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from wagtail_portal.conversation import etag, updates_response
from wagtail_portal.models import Ticket
from wagtail_portal.pages.context import portal_context

from .menus import COUNT_LIMIT, at_most


def version(pk: int = 0, revision: int = 0) -> str:
    """Return an entity tag that changes with anything that customers see of their tickets.

    :param pk: the primary key of the ticket that changed last, and its ``shared_revision``.
    """
    return etag(pk, revision)


@require_safe
def list_updates(request) -> HttpResponse:
    """Return how many tickets have changed after ``?after=<time>`` as a fragment of HTML.

    304 while the page knows the current version, and 403 for anyone but members.
    """
    member = portal_context(request).member if request.user.is_authenticated else None
    if member is None:
        response = HttpResponse(status=403)
        add_never_cache_headers(response)
        return response
    tickets = Ticket.objects.visible_to(member)
    newest = tickets.order_by("-updated_at", "-id").values_list("pk", "shared_revision").first()
    after = _parse(request.GET.get("after", ""))

    def answer():
        changed = tickets.filter(updated_at__gt=after) if after else tickets
        # At least one has lost its place, for example because it was made private.
        number = changed.order_by()[: COUNT_LIMIT + 1].count() or 1
        context = {"number": number, "shown": at_most(number)}
        return render(request, "wagtail_portal/ticket_list/updates.html", context)

    return updates_response(request, version(*(newest or ())), answer)


def _parse(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None
