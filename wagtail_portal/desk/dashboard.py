"""Tickets on Wagtail's home: what waits for oneself, for nobody in particular, and the longest."""

from django.forms import Media
from django.utils.functional import cached_property
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.components import Component

from wagtail_portal.models import State, Status
from wagtail_portal.permissions import Verb, tickets_for_team

from .tickets import tabs
from .tickets.urls import address

#: So many of those that wait the longest are named.
OLDEST = 5


class Waiting:
    """What waits for the team, as far as one agent may see it. Kept with the request: the panel
    and the summary are shown together."""

    def __init__(self, user):
        self.user = user

    @classmethod
    def for_request(cls, request) -> "Waiting":
        """The one of a request."""
        if not hasattr(request, "_wagtail_portal_waiting"):
            request._wagtail_portal_waiting = cls(request.user)
        return request._wagtail_portal_waiting

    @cached_property
    def is_shown(self) -> bool:
        """Whether there is anything to be told at all."""
        return self.user.has_perm(Verb.VIEW)

    @cached_property
    def statuses(self) -> list[Status]:
        """All statuses."""
        return list(Status.objects.all())

    @cached_property
    def counts(self) -> dict[str, str]:
        """By tab, in words."""
        return tabs.count_tabs(tickets_for_team(self.user), self.user, self.statuses)

    @cached_property
    def oldest(self) -> list:
        """Those that wait for us the longest."""
        us = [row.pk for row in self.statuses if row.state in (State.NEW, State.WAITING_ON_US)]
        waiting = tickets_for_team(self.user).filter(status__in=us, waiting_since__isnull=False)
        rows = waiting.select_related("status", "organization", "requester__user")
        rows = rows.select_related("assignee").defer("values", "answers")
        return list(rows.order_by("waiting_since", "id")[:OLDEST])


class TicketsPanel(Component):
    """A panel of the home page."""

    name = "portal_tickets"
    template_name = "wagtail_portal/desk/home_panel.html"
    order = 50

    @property
    def media(self):
        return Media(css={"all": ["wagtail_portal/desk/desk.css"]})

    def get_context_data(self, parent_context):
        waiting = Waiting.for_request(parent_context["request"])
        shown = ("mine", "unassigned", "waiting-on-us")
        return {
            "parts": [
                {
                    "label": tabs.TABS[key].label,
                    "count": waiting.counts[key],
                    "url": tabs.tab_url(key),
                }
                for key in shown
            ],
            "oldest": [
                {"ticket": ticket, "url": address("edit", ticket.pk)} for ticket in waiting.oldest
            ],
            "more_url": f"{tabs.tab_url('waiting-on-us')}?ordering=waiting_since",
        }


class TicketsSummary(SummaryItem):
    """One of the numbers at the top of the home page."""

    order = 400
    template_name = "wagtail_portal/desk/home_summary.html"

    def is_shown(self):
        return Waiting.for_request(self.request).is_shown

    def get_context_data(self, parent_context):
        counts = Waiting.for_request(self.request).counts
        key = "waiting-on-us"
        return {"count": counts[key], "is_one": counts[key] == "1", "url": tabs.tab_url(key)}


def add_panel(request, panels) -> None:
    """For those who may see tickets."""
    if Waiting.for_request(request).is_shown:
        panels.append(TicketsPanel())


def add_summary(request, items) -> None:
    """The item knows by itself whether it is shown."""
    items.append(TicketsSummary(request))
