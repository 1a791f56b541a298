"""What the page shows of a report: numbers with the links to their tickets, and comparisons."""

from dataclasses import dataclass, field

from django.utils.formats import localize
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import Score
from wagtail_portal.utils.typing import StrOrPromise

from .figures import Figures, Report
from .filters import Links
from .periods import Period
from .words import compare_counts, compare_durations, compare_shares, duration


@dataclass(frozen=True)
class Cell:
    """Something with a link to the tickets behind it; nothing is linked to no tickets."""

    text: str | int
    url: str = ""

    @property
    def html(self) -> SafeString:
        """The text, linked."""
        text = localize(self.text)
        return format_html('<a href="{}">{}</a>', self.url, text) if self.url else escape(text)


@dataclass(frozen=True)
class Total:
    """One of the large numbers at the top."""

    label: StrOrPromise
    value: Cell
    more: list[Cell] = field(default_factory=list)
    comparison: str = ""
    #: The value of the previous period.
    before: Cell = Cell("")


OPENED, CLOSED = pgettext_lazy("tickets", "Opened"), pgettext_lazy("tickets", "Closed")
OPEN_AT_END = _("Open at the end")


def _count(number: int, url: str) -> Cell:
    return Cell(number, url if number else "")


def _time(minutes: int | None, url: str) -> Cell:
    return Cell(duration(minutes), "" if minutes is None else url)


def _within(minutes: int | None, url: str) -> list[Cell]:
    if minutes is None:
        return []
    return [Cell(gettext("90%% within %(time)s") % {"time": duration(minutes)}, url)]


def _satisfaction(figures: Figures, links: Links) -> Cell:
    if not figures.rated:
        return Cell("–")
    text = gettext("%(share)d%% good") % {"share": figures.good}
    return Cell(text, links.rated(Score.GOOD) if figures.scores[Score.GOOD] else "")


def totals(report: Report, links: Links) -> list[Total]:
    """Return the numbers of all tickets, compared with the previous period."""
    now, before = report.total, report.previous
    then = links.within(report.period.previous)
    scores = [
        (pgettext("ratings", "%(number)d good"), Score.GOOD),
        (pgettext("ratings", "%(number)d okay"), Score.FAIR),
        (pgettext("ratings", "%(number)d bad"), Score.BAD),
    ]
    return [
        Total(
            OPENED,
            _count(now.opened, links.opened),
            [],
            compare_counts(now.opened, before.opened),
            _count(before.opened, then.opened),
        ),
        Total(
            CLOSED,
            _count(now.closed, links.closed),
            [],
            compare_counts(now.closed, before.closed),
            _count(before.closed, then.closed),
        ),
        Total(
            OPEN_AT_END,
            _count(report.backlog, links.backlog),
            [],
            compare_counts(report.backlog, report.backlog_before),
            _count(report.backlog_before, then.backlog),
        ),
        Total(
            _("First response"),
            _time(now.answered.median, links.answered),
            _within(now.answered.high, links.answered),
            compare_durations(now.answered.median, before.answered.median),
            _time(before.answered.median, then.answered),
        ),
        Total(
            _("Resolution"),
            _time(now.solved.median, links.closed),
            _within(now.solved.high, links.closed),
            compare_durations(now.solved.median, before.solved.median),
            _time(before.solved.median, then.closed),
        ),
        Total(
            _("Satisfaction"),
            _satisfaction(now, links),
            [
                _count_of(text, now.scores[score], links.rated(score))
                for text, score in scores
                if now.rated
            ],
            compare_shares(now.good, before.good),
            _satisfaction(before, then),
        ),
    ]


def _count_of(text: str, number: int, url: str) -> Cell:
    return Cell(text % {"number": number}, url if number else "")


def group_cells(figures: Figures, links: Links) -> list[Cell]:
    """Return the cells of a group after its name."""
    rated = Cell("–")
    if figures.rated:
        text = ngettext(
            "%(share)d%% of %(number)d good", "%(share)d%% of %(number)d good", figures.rated
        )
        rated = Cell(text % {"share": figures.good, "number": figures.rated}, links.rated())
    return [
        _count(figures.opened, links.opened),
        _count(figures.closed, links.closed),
        _time(figures.answered.median, links.answered),
        _time(figures.answered.high, links.answered),
        _time(figures.solved.median, links.closed),
        _time(figures.solved.high, links.closed),
        rated,
    ]


def step_rows(report: Report, links: Links) -> list[tuple[Period, list[Cell]]]:
    """Return the rows of the table over time."""
    found = []
    for step in report.steps:
        of_step = links.within(step.period)
        cells = [
            _count(step.opened, of_step.opened),
            _count(step.closed, of_step.closed),
            _count(step.backlog, of_step.backlog),
        ]
        found.append((step.period, cells))
    return found
