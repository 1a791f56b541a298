"""Tickets on Wagtail's home page: the agent's, unassigned ones, and those waiting the longest."""

from django.forms import Media
from django.utils.functional import cached_property
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.components import Component

from wagtail_portal.models import State, Status
from wagtail_portal.permissions import Verb, tickets_for_team

from .tickets import tabs
from .tickets.urls import desk_url

#: How many of the tickets that have been waiting the longest are shown.
OLDEST = 5


class WaitingTickets:
    """The waiting tickets that an agent can see."""

    def __init__(self, user):
        self.user = user

    @classmethod
    def for_request(cls, request) -> "WaitingTickets":
        """Return the tickets for the user. Cached on the request for the panel and the summary."""
        if not hasattr(request, "_wagtail_portal_waiting"):
            request._wagtail_portal_waiting = cls(request.user)
        return request._wagtail_portal_waiting

    @cached_property
    def statuses(self) -> list[Status]:
        """All statuses."""
        return Status.cached()

    @cached_property
    def counts(self) -> dict[str, tabs.Count]:
        """The number of tickets by tab, formatted."""
        return tabs.count_tabs(tickets_for_team(self.user), self.user, self.statuses)

    def oldest(self) -> list:
        """Return the tickets that have been waiting on us the longest."""
        us = [row.pk for row in self.statuses if row.state in (State.NEW, State.WAITING_ON_US)]
        waiting = tickets_for_team(self.user).filter(status__in=us, waiting_since__isnull=False)
        rows = waiting.select_related("status", "organization", "requester__user", "assignee")
        return list(rows.defer("values", "answers").order_by("waiting_since", "id")[:OLDEST])


class TicketsPanel(Component):
    """A panel with the tickets that have been waiting the longest."""

    name = "portal_tickets"
    template_name = "wagtail_portal/desk/home_panel.html"
    order = 50

    @property
    def media(self):
        return Media(css={"all": ["wagtail_portal/desk/desk.css"]})

    def get_context_data(self, parent_context):
        waiting = WaitingTickets.for_request(parent_context["request"])
        return {
            "parts": [
                {
                    "label": tabs.TABS[key].label,
                    "count": waiting.counts[key],
                    "url": tabs.tab_url(key),
                }
                for key in ("mine", "unassigned", "waiting-on-us")
            ],
            "oldest": [
                {"ticket": ticket, "url": desk_url("edit", ticket.pk)}
                for ticket in waiting.oldest()
            ],
            "more_url": f"{tabs.tab_url('waiting-on-us')}?ordering=waiting_since",
        }


class TicketsSummary(SummaryItem):
    """The number of tickets waiting on us, in the summary."""

    order = 400
    template_name = "wagtail_portal/desk/home_summary.html"

    def is_shown(self):
        return self.request.user.has_perm(Verb.VIEW)

    def get_context_data(self, parent_context):
        count = WaitingTickets.for_request(self.request).counts["waiting-on-us"]
        return {"count": count, "url": tabs.tab_url("waiting-on-us")}


def add_panel(request, panels) -> None:
    """Add the panel for agents who can see tickets."""
    if request.user.has_perm(Verb.VIEW):
        panels.append(TicketsPanel())


def add_summary(request, items) -> None:
    """Add the summary item, which knows whether it's shown."""
    items.append(TicketsSummary(request))
