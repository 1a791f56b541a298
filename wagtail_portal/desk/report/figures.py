"""The figures of the report. The database counts, and returns the durations of each group as one
value: a year of a busy help desk has hundreds of thousands of them.

Each query reads one index alone, unless there's a filter, and none reads more than one period.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Count, F, Q, Value
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import Organization, Rating, Score, State, display_name, user_name_fields
from wagtail_portal.portal_urls import forms_in_one_language
from wagtail_portal.utils.typing import StrOrPromise

from .aggregates import Durations, JoinedMinutes, allow_long_texts
from .periods import Period


@dataclass(frozen=True)
class Grouping:
    """What tickets can be grouped by."""

    label: StrOrPromise
    column: str
    #: The filter of the inbox for one group.
    param: str
    #: The name of the group of tickets without a value.
    none: StrOrPromise = ""


GROUPINGS = {
    "form": Grouping(_("Form"), "form_id", "form", _("No form")),
    "organization": Grouping(_("Organization"), "organization_id", "organization"),
    "agent": Grouping(_("Agent"), "assignee_id", "assignee", _("No one")),
    "group": Grouping(_("Group"), "group_id", "group", _("No group")),
}


#: The key of a single group of all tickets.
ALL = Value(1)


@dataclass
class Figures:
    """The figures of a group of tickets."""

    key: Any = None
    name: StrOrPromise = ""
    opened: int = 0
    closed: int = 0
    answered: Durations = field(default_factory=Durations)
    solved: Durations = field(default_factory=Durations)
    scores: Counter = field(default_factory=Counter)

    @property
    def rated(self) -> int:
        """The number of ratings."""
        return sum(self.scores.values())

    @property
    def good(self) -> int | None:
        """The percentage of ratings that are good; None if there are none."""
        return round(100 * self.scores[Score.GOOD] / self.rated) if self.rated else None

    def add(self, other: "Figures") -> None:
        """Add the figures of other tickets."""
        self.opened += other.opened
        self.closed += other.closed
        self.answered += other.answered
        self.solved += other.solved
        self.scores.update(other.scores)


@dataclass
class Step:
    """One or several days: a place on the chart, and a row of its table."""

    period: Period
    opened: int = 0
    closed: int = 0
    backlog: int = 0


@dataclass
class Report:
    """The figures of all tickets, of each group and over time, and those of the period before."""

    period: Period
    total: Figures
    previous: Figures
    groups: list[Figures]
    steps: list[Step]
    #: How many tickets were open when the period began.
    backlog_before: int

    @property
    def backlog(self) -> int:
        """How many tickets were open at the end."""
        return self.steps[-1].backlog


def make_report(tickets, period: Period, by: str) -> Report:
    """Return the figures of a period, in a constant number of queries.

    :param tickets: the tickets that the user can see and that match the filters.
    :param by: one of :data:`GROUPINGS`.
    """
    tickets = tickets.order_by()
    allow_long_texts(tickets.db)
    groups = _named(_figures(tickets, period, F(GROUPINGS[by].column)), by)
    groups.sort(key=lambda row: (-row.opened, -row.closed, str(row.name)))
    total, previous = Figures(), Figures()
    for row in groups:
        total.add(row)
    for row in _figures(tickets, period.previous, ALL).values():
        previous.add(row)
    before, steps = _steps(tickets, period)
    return Report(period, total, previous, groups, steps, before)


def _within(tickets, name: str, period: Period):
    return tickets.filter(**{f"{name}__gte": period.begin, f"{name}__lt": period.end})


def _figures(tickets, period: Period, key) -> dict[Any, Figures]:
    """Return the figures of a period by the value of ``key``."""
    found: dict = defaultdict(Figures)

    def counted(rows, *names, **more):
        rows = rows.annotate(key=key).values_list("key", *names)
        return rows.annotate(number=Count("*"), **more)

    opened, closed = (_within(tickets, name, period) for name in ("opened_at", "closed_at"))
    answered = JoinedMinutes(F("first_answered_at") - F("opened_at"))
    for value, number, minutes in counted(opened, minutes=answered):
        found[value].opened = number
        found[value].answered = minutes
    solved = JoinedMinutes(F("closed_at") - F("opened_at"))
    for value, number, minutes in counted(closed, minutes=solved):
        found[value].closed = number
        found[value].solved = minutes
    rated = _within(tickets, "rating__created_at", period).annotate(score=F("rating__score"))
    if key is ALL and not tickets.query.where:
        # The database would look for the ticket of each rating.
        rated = _within(Rating.objects.order_by(), "created_at", period)
    for value, score, number in counted(rated, "score"):
        found[value].scores[score] = number
    return found


def _steps(tickets, period: Period) -> tuple[int, list[Step]]:
    """Return how many tickets were open at first, and the steps of the period."""
    steps = [Step(part) for part in period.split()]
    for name, moment in (("opened", "opened_at"), ("closed", "closed_at")):
        since = [Q(**{f"{moment}__gte": step.period.begin}) for step in steps]
        counts = _count_each(_within(tickets, moment, period), since)
        for step, here, later in zip(steps, counts, [*counts[1:], 0], strict=True):
            setattr(step, name, here - later)
    moments = [period.begin, *(step.period.end for step in steps)]
    # In two parts, each of which has an index: those that were closed later, and those that are
    # open. Together they are what was_open() finds.
    begun = tickets.filter(opened_at__lt=period.end)
    closed_later = [Q(opened_at__lt=moment, closed_at__gte=moment) for moment in moments]
    still_open = [Q(opened_at__lt=moment) for moment in moments]
    parts = (
        _count_each(begun.filter(closed_at__gte=period.begin), closed_later),
        _count_each(begun.filter(closed_at=None).exclude(status__state=State.CLOSED), still_open),
    )
    before, *backlogs = map(sum, zip(*parts, strict=True))
    for step, backlog in zip(steps, backlogs, strict=True):
        step.backlog = backlog
    return before, steps


def _count_each(tickets, conditions: list[Q]) -> list[int]:
    """Return how many tickets meet each of the conditions, with one query."""
    # A column of the same index that's never empty.
    counts = {
        f"number_{place}": Count("opened_at", filter=condition)
        for place, condition in enumerate(conditions)
    }
    found = tickets.aggregate(**counts)
    return [found[name] for name in counts]


def _named(found: dict[Any, Figures], by: str) -> list[Figures]:
    """Return the groups with their keys and names. Translations of a form are one group."""
    keys = [key for key in found if key is not None]
    names: dict = {None: (None, GROUPINGS[by].none), **_names(keys, by)}
    groups: dict = {}
    for key, figures in found.items():
        figures.key, figures.name = names.get(key, (key, str(key)))
        if (group := groups.setdefault(figures.key, figures)) is not figures:
            group.add(figures)
    return list(groups.values())


def _names(keys: list, by: str) -> dict:
    """Return keys and names of groups by key."""
    rows: Any
    if by == "form":
        return forms_in_one_language(keys)
    if by == "organization":
        rows = Organization.objects.filter(pk__in=keys).values_list("pk", "name")
    elif by == "group":
        rows = Group.objects.filter(pk__in=keys).values_list("pk", "name")
    else:
        User = get_user_model()
        users = User._default_manager.only(User.USERNAME_FIELD, *user_name_fields()).in_bulk(keys)
        rows = [(pk, display_name(user, from_team=True)) for pk, user in users.items()]
    return {pk: (pk, name) for pk, name in rows}
