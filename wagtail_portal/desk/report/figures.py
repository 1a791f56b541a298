"""What is counted: in two walks over the tickets of a period, each row looked at once."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.contrib.auth import get_user_model
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from wagtail_portal.models import Organization, Rating, Score, State, display_name, user_name_fields

from .percentiles import Percentiles

#: By what tickets can be told apart: the label, and the columns of key and name.
GROUPS = {
    "form": _("Form"),
    "organization": _("Organization"),
    "agent": _("Agent"),
}
_KEYS = {"form": "form_title", "organization": "organization_id", "agent": "assignee_id"}

#: Of a longer period no more tickets are looked at, so that a page always comes.
ROWS = 200_000
#: Bars that one chart can hold; a longer period has longer steps.
STEPS = 31


@dataclass
class Figures:
    """What there is to say about some tickets."""

    name: str = ""
    opened: int = 0
    closed: int = 0
    answered: Percentiles = field(default_factory=Percentiles)
    solved: Percentiles = field(default_factory=Percentiles)
    scores: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Score.values, 0))

    @property
    def rated(self) -> int:
        """How many were rated."""
        return sum(self.scores.values())

    @property
    def good(self) -> int | None:
        """Per cent of the ratings that are good; None without any."""
        return round(100 * self.scores[Score.GOOD] / self.rated) if self.rated else None


@dataclass
class Step:
    """One bar of the chart: a few days."""

    first: date
    last: date
    opened: int = 0
    closed: int = 0
    backlog: int = 0


@dataclass
class Report:
    """All of it."""

    total: Figures
    groups: list[Figures]
    steps: list[Step]
    backlog: int
    #: Whether there were more tickets than are looked at.
    is_cut: bool


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def make_report(tickets, first: date, last: date, by: str) -> Report:
    """The figures of ``tickets``, those that somebody may see, for a period.

    :param last: the last day of it.
    :param by: one of :data:`GROUPS`.
    """
    begin, end = _start_of(first), _start_of(last + timedelta(days=1))
    total, groups = Figures(), {}
    steps, length = _steps(first, last)
    column = _KEYS[by]

    def group(key) -> Figures:
        return groups.setdefault(key, Figures())

    def step(moment) -> Step:
        day = timezone.localtime(moment).date()
        place = (day - first).days // length
        return steps[min(max(place, 0), len(steps) - 1)]

    opened = tickets.filter(opened_at__gte=begin, opened_at__lt=end).order_by()
    rows = opened.values_list(column, "opened_at", "first_answered_at")[:ROWS]
    number = 0
    for key, opened_at, answered_at in rows.iterator(chunk_size=2000):
        number += 1
        step(opened_at).opened += 1
        for figures in (total, group(key)):
            figures.opened += 1
            if answered_at:
                figures.answered.add((answered_at - opened_at).total_seconds())
    closed = tickets.filter(closed_at__gte=begin, closed_at__lt=end).order_by()
    rows = closed.values_list(column, "opened_at", "closed_at")[:ROWS]
    others = 0
    for key, opened_at, closed_at in rows.iterator(chunk_size=2000):
        others += 1
        step(closed_at).closed += 1
        for figures in (total, group(key)):
            figures.closed += 1
            figures.solved.add((closed_at - opened_at).total_seconds())
    _add_ratings(tickets, begin, end, column, total, group)
    backlog = _backlog(tickets, begin)
    for one in steps:
        backlog += one.opened - one.closed
        one.backlog = backlog
    _name(groups, by)
    found = sorted(groups.values(), key=lambda one: (-one.opened, -one.closed, one.name))
    return Report(total, found, steps, backlog, max(number, others) >= ROWS)


def _steps(first: date, last: date) -> tuple[list[Step], int]:
    days = (last - first).days + 1
    length = next(size for size in (1, 7, 30, 91, 365, 10_000) if days <= size * STEPS)
    starts = [first + timedelta(days=start) for start in range(0, days, length)]
    found = [Step(day, min(day + timedelta(days=length - 1), last)) for day in starts]
    return found, length


def _backlog(tickets, moment) -> int:
    """How many were open at a moment: those that still are, and those closed since."""
    before = tickets.filter(opened_at__lt=moment).order_by()
    still_open = ~Q(status__state=State.CLOSED)
    return before.filter(still_open).count() + before.filter(closed_at__gte=moment).count()


def _add_ratings(tickets, begin, end, column, total, group) -> None:
    ratings = Rating.objects.filter(ticket__in=tickets.order_by())
    ratings = ratings.filter(created_at__gte=begin, created_at__lt=end).order_by()
    rows = ratings.annotate(of=F(f"ticket__{column}")).values_list("of", "score")[:ROWS]
    for key, score in rows.iterator(chunk_size=2000):
        for figures in (total, group(key)):
            figures.scores[score] += 1


def _name(groups: dict, by: str) -> None:
    """Give the groups the names that people know them by."""
    names = _NAMES[by](list(groups))
    for key, figures in groups.items():
        figures.name = names.get(key) or pgettext("no agent, group or form", "None")


def _chunks(keys):
    known = [key for key in keys if key is not None]
    return (known[start : start + 500] for start in range(0, len(known), 500))


def _organizations(keys) -> dict:
    found = {}
    for chunk in _chunks(keys):
        found.update(Organization.objects.filter(pk__in=chunk).values_list("pk", "name"))
    return found


def _agents(keys) -> dict:
    users = get_user_model()._default_manager
    fields = ["pk", get_user_model().USERNAME_FIELD, *user_name_fields()]
    return {
        user.pk: display_name(user, from_team=True)
        for chunk in _chunks(keys)
        for user in users.filter(pk__in=chunk).only(*fields)
    }


_NAMES = {
    "form": lambda keys: {key: key for key in keys},
    "organization": _organizations,
    "agent": _agents,
}
