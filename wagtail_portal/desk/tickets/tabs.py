"""The tabs of the inbox, and the number of tickets in each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_portal.models import Snooze, State, Status
from wagtail_portal.utils.expressions import CountOf
from wagtail_portal.utils.typing import StrOrPromise

from .urls import desk_url

#: Beyond this, a tab says "1,000+", so that counting stays cheap.
COUNTED = 1000

ALL = "all"

#: The tab that is shown first.
FIRST = "waiting-on-us"
#: The cookie that remembers which tab was shown last.
COOKIE = "wagtail_portal_tab"
#: How long it does, in seconds.
COOKIE_AGE = 365 * 24 * 3600


@dataclass(frozen=True)
class Tab:
    """One tab."""

    key: str
    label: StrOrPromise
    #: Takes the user and a function that returns the condition for some states.
    condition: Callable = lambda user, of: Q()
    #: Whether it has only open tickets, all of which are waiting for someone.
    is_open: bool = True


_OPEN = [state for state in State if state != State.CLOSED]
_US = [State.NEW, State.WAITING_ON_US]

TABS = {
    tab.key: tab
    for tab in (
        Tab("mine", _("Mine"), lambda user, of: of(*_OPEN) & Q(assignee=user)),
        # Only those that the team has to do something about.
        Tab("unassigned", _("Unassigned"), lambda user, of: of(*_US) & Q(assignee=None)),
        Tab("waiting-on-us", _("Waiting on us"), lambda user, of: of(*_US)),
        Tab(
            "waiting-on-customer",
            _("Waiting on customer"),
            lambda user, of: of(State.WAITING_ON_CUSTOMER),
        ),
        Tab("on-hold", _("On hold"), lambda user, of: of(State.ON_HOLD)),
        Tab(
            "snoozed",
            _("Snoozed"),
            lambda user, of: of(State.ON_HOLD) & Q(pk__in=Snooze.objects.active().values("ticket")),
        ),
        Tab(
            "closed",
            pgettext_lazy("tickets", "Closed"),
            lambda user, of: of(State.CLOSED),
            is_open=False,
        ),
        Tab(ALL, _("All"), is_open=False),
    )
}


def condition(tab: Tab, user, statuses: list[Status]) -> Q:
    """Return the condition for the tickets of a tab.

    It lists the statuses, so that the index of tickets by status is used.
    """

    def of(*states) -> Q:
        return Q(status__in=[status.pk for status in statuses if status.state in states])

    return tab.condition(user, of)


def remember(response, request, tab: Tab) -> None:
    """Let the browser remember the tab, for the next time the agent opens the inbox."""
    response.set_cookie(
        COOKIE,
        tab.key,
        max_age=COOKIE_AGE,
        path=desk_url("list"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def tab_url(key: str, *, results: bool = False) -> str:
    """Return the URL of a tab, or of its rows alone."""
    if key == ALL:
        return desk_url("list_results" if results else "list")
    return desk_url("view_results" if results else "view", key)


class Count(str):
    """A number that was counted up to :data:`COUNTED`, formatted; beyond that, with a plus sign.

    :ivar number: the number itself, which decides about the plural.
    """

    number: int

    def __new__(cls, number: int):
        formatted = number_format(min(number, COUNTED), force_grouping=True)
        found = super().__new__(cls, f"{formatted}+" if number > COUNTED else formatted)
        found.number = number
        return found


def count_tabs(tickets, user, statuses) -> dict[str, Count]:
    """Return the number of ``tickets`` in each tab, formatted; it takes one query."""
    counts = {
        f"tab_{number}": CountOf(
            tickets.filter(condition(tab, user, statuses)).order_by().values("pk")[: COUNTED + 1]
        )
        for number, tab in enumerate(TABS.values())
    }
    # A query needs a row to return them with: that of the user.
    row = get_user_model()._default_manager.filter(pk=user.pk).values_list(*counts.values()).get()
    return dict(zip(TABS, map(Count, row), strict=True))
