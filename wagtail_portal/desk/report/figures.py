"""The figures of the report, from two passes over the tickets of a period."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from wagtail_portal.models import Organization, Rating, Score, State, display_name, user_name_fields
from wagtail_portal.utils.days import start_of_day

#: What tickets can be grouped by.
GROUPS = {
    "form": _("Form"),
    "organization": _("Organization"),
    "agent": _("Agent"),
}
_KEYS = {"form": "form_title", "organization": "organization_id", "agent": "assignee_id"}

#: The most tickets of a period that are read, so that the page always loads.
ROWS = 200_000
#: The most bars in the chart. A longer period has longer steps.
STEPS = 31


class Durations(list):
    """Durations in seconds."""

    def add(self, duration: timedelta) -> None:
        """Add a duration; a negative one counts as zero."""
        self.append(max(duration.total_seconds(), 0.0))

    def percentile(self, share: float) -> float | None:
        """Return the smallest duration that a ``share`` of them don't exceed; None if empty."""
        if not self:
            return None
        self.sort()
        return self[max(math.ceil(share * len(self)), 1) - 1]

    @property
    def median(self) -> float | None:
        """The median."""
        return self.percentile(0.5)

    @property
    def high(self) -> float | None:
        """The 90th percentile."""
        return self.percentile(0.9)


@dataclass
class Figures:
    """The figures of a group of tickets."""

    name: str = ""
    opened: int = 0
    closed: int = 0
    answered: Durations = field(default_factory=Durations)
    solved: Durations = field(default_factory=Durations)
    scores: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Score.values, 0))

    @property
    def rated(self) -> int:
        """The number of ratings."""
        return sum(self.scores.values())

    @property
    def good(self) -> int | None:
        """The percentage of ratings that are good; None if there are none."""
        return round(100 * self.scores[Score.GOOD] / self.rated) if self.rated else None


@dataclass
class Step:
    """One or several days: a place on the chart, and a row of its table."""

    first: date
    last: date
    opened: int = 0
    closed: int = 0
    backlog: int = 0


@dataclass
class Report:
    """The figures of all tickets, of each group and over time."""

    total: Figures
    groups: list[Figures]
    steps: list[Step]
    backlog: int
    #: Whether there were more tickets than were read.
    is_cut: bool


def make_report(tickets, first: date, last: date, by: str) -> Report:
    """Return the figures of a period.

    :param tickets: the tickets that the user can see.
    :param last: the last day of the period.
    :param by: one of :data:`GROUPS`.
    """
    begin, end = start_of_day(first), start_of_day(last + timedelta(days=1))
    total, groups = Figures(), {}
    steps, length = _steps(first, last)
    column = _KEYS[by]

    def figures_of(key) -> tuple[Figures, Figures]:
        return total, groups.setdefault(key, Figures())

    def step_at(moment) -> Step:
        place = (timezone.localtime(moment).date() - first).days // length
        return steps[min(max(place, 0), len(steps) - 1)]

    opened = tickets.filter(opened_at__gte=begin, opened_at__lt=end)
    for key, opened_at, answered_at in _rows(opened, column, "opened_at", "first_answered_at"):
        step_at(opened_at).opened += 1
        for figures in figures_of(key):
            figures.opened += 1
            if answered_at:
                figures.answered.add(answered_at - opened_at)
    closed = tickets.filter(closed_at__gte=begin, closed_at__lt=end)
    for key, opened_at, closed_at in _rows(closed, column, "opened_at", "closed_at"):
        step_at(closed_at).closed += 1
        for figures in figures_of(key):
            figures.closed += 1
            figures.solved.add(closed_at - opened_at)
    ratings = Rating.objects.filter(
        ticket__in=tickets.order_by(), created_at__gte=begin, created_at__lt=end
    )
    for key, score in _rows(ratings, f"ticket__{column}", "score"):
        for figures in figures_of(key):
            figures.scores[score] += 1
    backlog = _backlog(tickets, begin)
    for step in steps:
        backlog += step.opened - step.closed
        step.backlog = backlog
    names = _names([key for key in groups if key is not None], by)
    for key, figures in groups.items():
        figures.name = names.get(key) or pgettext("no agent, group or form", "None")
    found = sorted(groups.values(), key=lambda row: (-row.opened, -row.closed, row.name))
    return Report(total, found, steps, backlog, max(total.opened, total.closed) >= ROWS)


def _rows(queryset, *columns):
    return queryset.order_by().values_list(*columns)[:ROWS].iterator(chunk_size=2000)


def _steps(first: date, last: date) -> tuple[list[Step], int]:
    days = (last - first).days + 1
    length = next(size for size in (1, 7, 30, 91, 365, 10_000) if days <= size * STEPS)
    starts = [first + timedelta(days=start) for start in range(0, days, length)]
    found = [Step(day, min(day + timedelta(days=length - 1), last)) for day in starts]
    return found, length


def _backlog(tickets, moment) -> int:
    """Return how many tickets were open: those that still are, and those closed since."""
    before = tickets.filter(opened_at__lt=moment).order_by()
    still_open = ~Q(status__state=State.CLOSED)
    return before.filter(still_open).count() + before.filter(closed_at__gte=moment).count()


def _names(keys: list, by: str) -> dict:
    """Return the names of groups by key."""
    if by == "organization":
        found = Organization.objects.only("name").in_bulk(keys)
        return {pk: organization.name for pk, organization in found.items()}
    if by == "agent":
        User = get_user_model()
        users = User._default_manager.only(User.USERNAME_FIELD, *user_name_fields()).in_bulk(keys)
        return {pk: display_name(user, from_team=True) for pk, user in users.items()}
    return {key: key for key in keys}
