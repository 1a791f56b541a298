"""The tabs of the inbox, and how many tickets are in each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import IntegerField, Q, Subquery
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import State, Status

from .urls import address

#: Nobody counts on, and neither does the database.
COUNTED = 1000

ALL = "all"


@dataclass(frozen=True)
class Tab:
    """A part of the tickets that an agent wants to see by itself."""

    key: str
    label: str
    #: From the user and a function ``state(*states)`` to the condition.
    condition: Callable = lambda user, of: Q()
    #: Whether only open tickets are in it, so that all of them wait since some moment.
    is_open: bool = True


_OPEN = [state for state in State if state != State.CLOSED]
_US = [State.NEW, State.WAITING_ON_US]

TABS = {
    tab.key: tab
    for tab in (
        Tab("mine", _("Mine"), lambda user, of: of(*_OPEN) & Q(assignee=user)),
        Tab("unassigned", _("Unassigned"), lambda user, of: of(*_OPEN) & Q(assignee=None)),
        Tab("waiting-on-us", _("Waiting on us"), lambda user, of: of(*_US)),
        Tab(
            "waiting-on-customer",
            _("Waiting on customer"),
            lambda user, of: of(State.WAITING_ON_CUSTOMER),
        ),
        Tab("on-hold", _("On hold"), lambda user, of: of(State.ON_HOLD)),
        Tab("closed", _("Closed"), lambda user, of: of(State.CLOSED), is_open=False),
        Tab(ALL, _("All"), is_open=False),
    )
}


def condition(tab: Tab, user, statuses: list[Status]) -> Q:
    """What the tickets of a tab have in common.

    Statuses are named one by one: so the index of tickets by status serves it.
    """

    def of(*states) -> Q:
        return Q(status__in=[status.pk for status in statuses if status.state in states])

    return tab.condition(user, of)


def tab_url(key: str, *, results: bool = False) -> str:
    """The address of a tab, or of its rows alone."""
    if key == ALL:
        return address("list_results" if results else "list")
    return address("view_results" if results else "view", key)


class _CountedTo(Subquery):
    """How many rows a query has, as a value of another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def count_tabs(tickets, user, statuses) -> dict[str, str]:
    """How many of ``tickets`` are in each tab, in words; all of them with one query."""
    counts = {
        f"tab_{number}": _CountedTo(
            tickets.filter(condition(tab, user, statuses)).order_by().values("pk")[: COUNTED + 1]
        )
        for number, tab in enumerate(TABS.values())
    }
    # Some row is needed to hang them on: one's own.
    row = get_user_model()._default_manager.filter(pk=user.pk).values_list(*counts.values()).get()
    return dict(zip(TABS, map(shown, row), strict=True))


def shown(count: int) -> str:
    """A number that was not counted beyond :data:`COUNTED`."""
    words = number_format(min(count, COUNTED), force_grouping=True)
    return f"{words}+" if count > COUNTED else words
