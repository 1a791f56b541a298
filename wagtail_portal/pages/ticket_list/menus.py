"""Menus of the ticket list: options with their label, their URL, and whether they are current."""

from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from wagtail_portal.models import PortalSettings

from .filters import ACTIVE
from .order import SUBJECT, UPDATED

#: Beyond this, a badge says "99+", so that counting stays cheap.
COUNT_LIMIT = 99

TABS = {
    "needs-reply": gettext_lazy("Needs your reply"),
    "open": gettext_lazy("Open"),
    "closed": pgettext_lazy("tickets", "Closed"),
    "all": gettext_lazy("All"),
}

#: For members who see the whole organization's tickets; the first one is the default.
SCOPES = {
    "": pgettext_lazy("whose tickets", "Everyone’s"),
    "mine": pgettext_lazy("whose tickets", "Mine"),
    "followed": pgettext_lazy("whose tickets", "Followed"),
}


def tab_labels(settings: PortalSettings) -> dict:
    """Return the labels of the tabs that editors chose to show; *All* is always there."""
    shown = {
        "needs-reply": settings.tab_needs_reply,
        "open": settings.tab_open,
        "closed": settings.tab_closed,
    }
    return {key: label for key, label in TABS.items() if shown.get(key, True)}


def at_most(number: int) -> str | int:
    """Return a number of tickets for a badge, like 12 or "99+"."""
    return f"{COUNT_LIMIT}+" if number > COUNT_LIMIT else number


def tabs(tickets) -> list[dict]:
    """Return the tabs of a :class:`~.listing.TicketList`."""
    counts = tickets.choices.counts
    return [
        {
            "key": key,
            "label": label,
            "url": str(tickets.url.replace(tab="" if key == "all" else key)),
            "current": key == tickets.tab,
            "count": at_most(counts.get(key, 0)) or None,
        }
        for key, label in tab_labels(tickets.settings).items()
    ]


def scopes(tickets) -> list[dict]:
    """Return the choice between everyone's tickets and one's own; empty for members who see only
    their own."""
    if not tickets.sees_organization:
        return []
    return [
        {
            "key": key,
            "label": label,
            "url": str(tickets.url.replace(scope=key)),
            "current": key == tickets.scope,
        }
        for key, label in SCOPES.items()
    ]


def periods(tickets) -> dict:
    """Return the label of the period that is shown, and the options."""
    months = tickets.settings.months_shown
    recent = ngettext("Last %(months)d month", "Last %(months)d months", months)
    usual = tickets.url.without(f"{ACTIVE}_from", f"{ACTIVE}_to", "period")
    options = [
        {
            "label": recent % {"months": months},
            "url": str(usual),
            "current": not (tickets.has_dates or tickets.any_time),
        },
        {
            "label": gettext("All time"),
            "url": str(usual.replace(period="all")),
            "current": tickets.any_time and not tickets.has_dates,
        },
    ]
    current = next((option["label"] for option in options if option["current"]), None)
    return {"label": current or gettext("Custom dates"), "options": options}


def headings(tickets) -> list[dict]:
    """Return the headings of the columns: each with the state for ``aria-sort`` and, where tickets
    can be sorted by it, the URL that does so."""
    columns = [SUBJECT.copy(label=gettext("Ticket")), *tickets.shown_columns, UPDATED]
    return [
        {"key": column.param, "label": column.label, **tickets.order.heading(column, tickets.url)}
        for column in columns
    ]
