"""Each number of the report is what counting by hand finds, and its link leads to these tickets."""

import csv
import io
import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from wagtail.users.models import UserProfile

from tests import factories
from tests.desk.conftest import group, signed_in
from wagtail_portal.desk.report.figures import GROUPINGS
from wagtail_portal.desk.report.words import duration
from wagtail_portal.desk.tickets.queue import Queue
from wagtail_portal.models import Rating, Score, Status, Ticket

#: The clocks go forward on March 29.
ZONE = ZoneInfo("Europe/Berlin")
START = date(2026, 3, 20)
PLACES = {"organization": 2, "assignee": 3, "group": 3, "form": 3}

moment = st.builds(
    lambda half_hours, seconds: (
        datetime.combine(START, time(0), UTC) + timedelta(minutes=30 * half_hours, seconds=seconds)
    ),
    st.integers(0, 40 * 48),
    st.sampled_from([0, 0, 29, 30, 31]),
)
later = st.none() | st.integers(-20, 90_000).map(lambda minutes: timedelta(minutes=minutes))
made = st.fixed_dictionaries(
    {
        **{name: st.integers(0, number - 1) for name, number in PLACES.items()},
        "urgency": st.sampled_from(["low", "high"]),
        "severity": st.sampled_from(["high", "low", None]),
        "status": st.sampled_from(["new", "on-hold", "closed", "closed"]),
        "opened": moment,
        "answered": later,
        "closed": later,
        "rated": st.none() | st.tuples(st.sampled_from(Score.values), moment),
    }
)
chosen = st.fixed_dictionaries(
    {"by": st.sampled_from(sorted(GROUPINGS)), "from": st.integers(-3, 45)},
    optional={
        **{
            name: st.lists(st.integers(0, number - 1), min_size=1, max_size=2)
            for name, number in PLACES.items()
        },
        "urgency": st.just(["high"]),
        "f-severity": st.sampled_from([["high"], ["high", "low"]]),
    },
)


@dataclass
class World:
    """Everything that tickets can have, by the name of the filter and the place."""

    user: object
    requesters: list
    choices: dict

    def key(self, name: str, place: int) -> str:
        row = self.choices[name][place]
        return "null" if row is None else str(row.pk)


@pytest.fixture
def world(home):
    requesters = [factories.member(factories.organization(name)) for name in ("Acme", "Birk")]
    severity = factories.ticket_field("Severity", choices=[("High", ""), ("Low", "")])
    former = factories.staff("Support agents", name="Former Agent")
    former.groups.clear()
    forms = [factories.form_page(home, title=name, slug=name) for name in ("one", "two")]
    user = factories.staff("Support managers", name="Mo Manager")
    UserProfile.objects.create(user=user, current_time_zone=str(ZONE))
    assert severity.key == "severity"
    # Before all periods. One can filter by those to whom tickets are still assigned.
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Ticket.objects.filter(pk=factories.ticket(requesters[0]).pk).update(
        **dict.fromkeys(("opened_at", "closed_at"), long_ago),
        assignee=former,
        group=group("Without rights"),
    )
    return World(
        user,
        requesters,
        {
            "organization": [member.organization for member in requesters],
            "assignee": [user, former, None],
            "group": [Group.objects.get(name="Support agents"), group("Without rights"), None],
            "form": [*forms, None],
        },
    )


def after(moment, delay):
    return None if delay is None else moment + delay


def save(world, specs) -> list[Ticket]:
    site = factories.Site.objects.get(is_default_site=True)
    statuses = {status.key: status for status in Status.objects.all()}
    tickets = [
        Ticket(
            number=5000 + number,
            site=site,
            organization=world.choices["organization"][spec["organization"]],
            requester=world.requesters[spec["organization"]],
            subject="Any",
            status=statuses[spec["status"]],
            urgency=spec["urgency"],
            values={"severity": spec["severity"]} if spec["severity"] else {},
            opened_at=spec["opened"],
            first_answered_at=after(spec["opened"], spec["answered"]),
            closed_at=after(spec["opened"], spec["closed"]),
            **{name: world.choices[name][spec[name]] for name in ("assignee", "group", "form")},
        )
        for number, spec in enumerate(specs)
    ]
    for ticket in tickets:
        ticket.save()
    for ticket, spec in zip(tickets, specs, strict=True):
        if spec["rated"]:
            score, at = spec["rated"]
            Rating.objects.create(ticket=ticket, score=score, created_at=at)
    return tickets


@dataclass(frozen=True)
class ByHand:
    """Counts tickets one by one.

    :param tickets: those that match the filters.
    """

    tickets: list
    first: date
    last: date

    def _within(self, at) -> bool:
        return at is not None and self.first <= at.astimezone(ZONE).date() <= self.last

    @property
    def opened(self):
        return {row for row in self.tickets if self._within(row.opened_at)}

    @property
    def closed(self):
        return {row for row in self.tickets if self._within(row.closed_at)}

    @property
    def answered(self):
        return {row for row in self.opened if row.first_answered_at}

    def rated(self, *scores):
        ratings = {row: getattr(row, "rating", None) for row in self.tickets}
        return {
            row
            for row, rating in ratings.items()
            if rating and self._within(rating.created_at) and rating.score in scores
        }

    @property
    def backlog(self):
        def was_open(row):
            if row.closed_at is None:
                return row.status.key != "closed"
            return row.closed_at.astimezone(ZONE).date() > self.last

        return {
            row
            for row in self.tickets
            if row.opened_at.astimezone(ZONE).date() <= self.last and was_open(row)
        }

    @property
    def answers(self):
        return [row.first_answered_at - row.opened_at for row in self.answered]

    @property
    def solutions(self):
        return [row.closed_at - row.opened_at for row in self.closed]

    @property
    def cells(self) -> list:
        """The tickets behind each link of a row of the table by group."""
        times = [self.answered, self.answered, self.closed, self.closed]
        return [self.opened, self.closed, *times, self.rated(*Score.values)]

    @property
    def numbers(self) -> list:
        """The numbers of a row of the export."""
        times = [*percentiles(self.answers), *percentiles(self.solutions)]
        rated = len(self.rated(*Score.values))
        good = round(100 * len(self.rated("good")) / rated) if rated else ""
        return [len(self.opened), len(self.closed), *times, rated, good]


def percentiles(durations) -> list:
    found = sorted(max(0, math.floor(row.total_seconds() / 60 + 0.5)) for row in durations)
    if not found:
        return ["", ""]
    return [found[math.ceil(share * len(found)) - 1] for share in (0.5, 0.9)]


def steps(first, last) -> list[tuple[date, date]]:
    days = (last - first).days + 1
    length = next(size for size in (1, 7, 30) if days <= 31 * size)
    found = []
    for start in range(0, days, length):
        found.append((start, min(start + length, days) - 1))
    return [(first + timedelta(days=a), first + timedelta(days=b)) for a, b in found]


def matches(world, row, filters) -> bool:
    values = {name: getattr(row, f"{name}_id") for name in PLACES}
    values |= {"urgency": row.urgency, "f-severity": row.values.get("severity")}
    found = {name: "null" if value is None else str(value) for name, value in values.items()}
    return all(found[name] in chosen for name, chosen in filters.items())


@settings(
    max_examples=20,
    # An example takes too long to try hundreds of simpler ones.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(made, max_size=12), chosen, st.sampled_from([1, 5, 31, 32, 90]))
def test_report_is_what_counting_by_hand_finds(world, specs, choice, days):
    with transaction.atomic():
        check(world, specs, choice, days)
        transaction.set_rollback(True)


def check(world, specs, choice, days):
    rows = save(world, specs)
    first = START + timedelta(days=choice["from"])
    last = first + timedelta(days=days - 1)
    by = choice["by"]
    filters = {
        name: [world.key(name, value) if name in PLACES else value for value in values]
        for name, values in choice.items()
        if name not in ("by", "from")
    }
    query = QueryDict(mutable=True)
    query.update({"first": str(first), "last": str(last), "by": by})
    for name, values in filters.items():
        query.setlist(name, values)
    now = ByHand([row for row in rows if matches(world, row, filters)], first, last)
    before = replace(now, first=first - timedelta(days=days), last=first - timedelta(days=1))

    browser = signed_in(world.user)
    url = f"{reverse('wagtail_portal_report')}?{query.urlencode()}"
    page = BeautifulSoup(browser.get(url).content, "html.parser")
    seen: dict = {}

    def listed(node):
        """Return the tickets behind each link."""
        found = []
        for link in node.select("a"):
            text, href = link.get_text(strip=True), link["href"]
            if href not in seen:
                seen[href] = in_inbox(world, href)
            assert not text.isdecimal() or int(text) == len(seen[href]), (text, href)
            found.append(seen[href])
        return found

    def numbers(*sets):
        return [{row.pk for row in found} for found in sets if found]

    totals = page.select(".portal-totals dd")
    assert [listed(cell) for cell in totals] == [
        numbers(now.opened, before.opened),
        numbers(now.closed, before.closed),
        numbers(now.backlog, before.backlog),
        numbers(now.answered, now.answered, before.answered if now.answered else ()),
        numbers(now.closed, now.closed, before.closed if now.closed else ()),
        numbers(
            now.rated("good"),
            *(now.rated(score) for score in ("good", "fair", "bad")),
            before.rated("good") if now.rated(*Score.values) else (),
        ),
    ]
    if now.answered:
        assert totals[3].get_text(" ", strip=True).startswith(duration(percentiles(now.answers)[0]))
    over_time = page.select(".portal-over-time tbody tr")
    parts = [replace(now, first=a, last=b) for a, b in steps(first, last)]
    assert [listed(row) for row in over_time] == [
        numbers(part.opened, part.closed, part.backlog) for part in parts
    ]

    name = GROUPINGS[by].param
    touched = Counter(
        getattr(row, f"{name}_id") for row in now.opened | now.closed | now.rated(*Score.values)
    )
    groups = {
        key: replace(now, tickets=[row for row in now.tickets if getattr(row, f"{name}_id") == key])
        for key in touched
    }
    shown = page.select("section:last-of-type tbody tr:has(th)")
    expected = [numbers(*groups[key].cells) for key in groups]
    assert in_any_order(listed(row) for row in shown) == in_any_order(expected)

    lines = b"".join(browser.get(f"{url}&export=csv").streaming_content).decode("utf-8-sig")
    exported = [line[1:] for line in csv.reader(io.StringIO(lines))]
    expected = [groups[key].numbers for key in groups]
    as_text = [[str(number) for number in line] for line in (*expected, now.numbers)]
    assert sorted(exported[1:-2]) == sorted(as_text[:-1])
    assert exported[-2:] == [as_text[-1], [str(number) for number in before.numbers]]


def in_any_order(rows) -> list:
    return sorted([sorted(found) for found in row] for row in rows)


def in_inbox(world, url: str) -> set[int]:
    """Return the tickets that the inbox lists at a URL."""
    request = RequestFactory().get(url)
    request.user, request.session = world.user, {}
    with timezone.override(ZONE):
        return set(Queue(request, f"tab=all&{url.partition('?')[2]}", 0).keys)
