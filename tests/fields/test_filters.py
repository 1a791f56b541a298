"""Filters and ordering: the database finds the same tickets as the rule in plain Python."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.forms import Form
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from wagtail_portal.fields import Choice, FieldSpec, field_types, get_field_type
from wagtail_portal.fields.form_fields import FilterCheckboxes
from wagtail_portal.models import Ticket

CHOICES = (Choice("high", "High"), Choice("low", "Low"), Choice("old", "Old", archived=True))
#: Keys that the JSON functions of a database might have trouble with.
KEYS = st.sampled_from(["severity", "fixed-in", "field-2026", "a_b", "values"])

#: Characters that all databases change the case of alike, and special characters in patterns.
WORDS = st.text(alphabet="aAbB éÉñÑЯя😀م%_\\\"'.*[(", max_size=8)
DAYS = st.dates(datetime.date(1999, 12, 30), datetime.date(2000, 1, 3))
MOMENTS = st.datetimes(
    datetime.datetime(1999, 12, 30),  # noqa: DTZ001
    datetime.datetime(2000, 1, 3),  # noqa: DTZ001
    timezones=st.just(datetime.UTC),
).map(lambda moment: moment.replace(microsecond=0).isoformat())
NUMBERS = st.integers(-3, 12)
DECIMALS = st.decimals(-3, 12, places=1)
#: Values that an import may have left behind.
ODD = st.sampled_from([True, 5, "5", "x", [], ["low"], {"low": 1}, 0.5])


def ends(strategy):
    return st.tuples(st.none() | strategy, st.none() | strategy).map(
        lambda pair: None if pair == (None, None) else pair
    )


def picks(*values):
    return st.lists(st.sampled_from(values), max_size=3, unique=True)


#: By type: the stored values, and the filters to apply.
CASES = {
    "text": (WORDS, WORDS.map(str.strip)),
    "long_text": (WORDS, WORDS.map(str.strip)),
    "email": (WORDS, WORDS.map(str.strip)),
    "url": (WORDS, WORDS.map(str.strip)),
    "choice": (st.sampled_from(["high", "low", "old", "gone"]), picks("high", "low", "old")),
    "choices": (picks("high", "low", "old", "gone"), picks("high", "low", "old")),
    "yes_no": (st.booleans(), picks("yes", "no", "none")),
    "number": (NUMBERS, ends(DECIMALS)),
    "decimal": (DECIMALS.map(lambda value: format(value, "f")), ends(DECIMALS)),
    "date": (DAYS.map(datetime.date.isoformat), ends(DAYS)),
    "datetime": (MOMENTS, ends(DAYS)),
    "member": (st.integers(1, 4), picks(1, 2, 3, 5)),
    "file": (st.just({"id": "x", "name": "a.txt", "size": 1}), picks("yes", "no")),
}


def number(stored):
    if isinstance(stored, bool):
        return None
    if isinstance(stored, int | float):
        return Decimal(str(stored))
    return (
        Decimal(stored) if isinstance(stored, str) and stored.strip("-.0123456789") == "" else None
    )


def within(value, pair):
    first, last = pair
    return (
        value is not None and (first is None or value >= first) and (last is None or value <= last)
    )


def matches(type, stored, asked):
    """Apply the rule in plain Python."""
    if not asked:
        return True
    if type in ("text", "long_text", "email", "url"):
        return isinstance(stored, str) and asked.lower() in stored.lower()
    if type in ("choice", "choices"):
        held = stored if isinstance(stored, list) else [stored]
        return any(key in held for key in asked)
    if type == "member":
        held = stored if isinstance(stored, list) else [stored]
        return any(value in asked for value in held if isinstance(value, int) and value is not True)
    if type == "file":
        return len(asked) == 2 or (stored is not None) == (asked == ["yes"])
    if type == "yes_no":
        words = {True: "yes", False: "no", None: "none"}
        return any(stored is value for value, word in words.items() if word in asked)
    if type in ("number", "decimal"):
        return within(number(stored), asked)
    if not isinstance(stored, str):
        return False
    if type == "date":
        return within(stored, [day.isoformat() if day else None for day in asked])
    day = stored[:10] if stored[:1].isdigit() and len(stored) > 9 else None
    if day is not None:
        moment = datetime.datetime.fromisoformat(stored)
        day = timezone.localtime(moment).date()
    return within(day, asked)


@pytest.fixture
def tickets(dana):
    """Six tickets without values."""
    return [factories.ticket(dana, f"No. {number}") for number in range(6)]


@settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_filter_finds_the_same_tickets_as_the_rule(tickets, data):
    type = data.draw(st.sampled_from(sorted(CASES)))
    stored, asked = CASES[type]
    key = data.draw(KEYS)
    odd = ODD.filter(lambda value: type not in ("date", "datetime") or not isinstance(value, str))
    for ticket in tickets:
        value = data.draw(st.none() | stored | odd)
        ticket.values = data.draw(
            st.sampled_from([{key: value}, {key: value, "other": 1}, {}, {"other": value}])
        )
    Ticket.objects.bulk_update(tickets, ["values"])
    wanted = data.draw(asked)
    with timezone.override(data.draw(st.sampled_from([None, ZoneInfo("Asia/Tokyo")]))):
        found = Ticket.objects.filter(get_field_type(type).filter_q(key, wanted))
        expected = {t.pk for t in tickets if matches(type, t.values.get(key), wanted)}
        assert set(found.values_list("pk", flat=True)) == expected


ORDERED = {
    "text": ["b", "A", None, "c"],
    "choice": ["low", "high", None, "gone"],
    "yes_no": [False, True, None],
    "number": [10, 9, None, -1],
    "decimal": ["10.5", "9.75", None, "-1"],
    "date": ["2026-02-01", "2025-12-31", None],
    "datetime": ["2026-02-01T10:00:00+00:00", "2026-02-01T09:00:00+00:00", None],
}
IN_ORDER = {
    "text": ["A", "b", "c"],
    "choice": ["high", "low", "gone"],
    "yes_no": [True, False],
    "number": [-1, 9, 10],
    "decimal": ["-1", "9.75", "10.5"],
    "date": ["2025-12-31", "2026-02-01"],
    "datetime": ["2026-02-01T09:00:00+00:00", "2026-02-01T10:00:00+00:00"],
}


@pytest.mark.parametrize("type", sorted(ORDERED))
def test_unanswered_tickets_come_last_in_both_directions(tickets, type):
    spec = FieldSpec(type, "Label", choices=CHOICES)
    for ticket, value in zip(tickets, ORDERED[type], strict=False):
        ticket.values = {"fixed-in": value}
    Ticket.objects.bulk_update(tickets, ["values"])
    missing = [None] * (len(tickets) - len(IN_ORDER[type]))
    for descending in (False, True):
        order = get_field_type(type).ordering("fixed-in", spec, descending=descending)
        found = [t.values.get("fixed-in") for t in Ticket.objects.order_by(*order, "id")]
        wanted = IN_ORDER[type][::-1] if descending else IN_ORDER[type]
        assert found == [*wanted, *missing]


def test_unsortable_types_say_so():
    unsorted = {
        key
        for key, type in field_types().items()
        if type.ordering("x", FieldSpec(key, "x")) is None
    }
    assert {"long_text", "choices"} <= unsorted
    assert not unsorted & set(ORDERED)


class FilterForm(Form):
    """A form with the filter of a type."""

    def __init__(self, data, type):
        super().__init__(data)
        spec = FieldSpec(type, "Label", choices=CHOICES)
        self.fields["f"] = get_field_type(type).filter_field(spec)


@pytest.mark.parametrize(
    ("type", "query", "cleaned"),
    [
        ("text", "f=+two+words+", "two words"),
        ("choice", "f=high&f=old", ["high", "old"]),
        ("choices", "f=low", ["low"]),
        ("yes_no", "f=none", ["none"]),
        ("number", "f_from=2&f_to=", (Decimal(2), None)),
        ("decimal", "f_to=2.5", (None, Decimal("2.5"))),
        ("date", "f_from=2026-01-01", (datetime.date(2026, 1, 1), None)),
        ("datetime", "f_to=2026-01-01", (None, datetime.date(2026, 1, 1))),
    ],
)
def test_filter_is_read_from_the_query_string(type, query, cleaned):
    form = FilterForm(QueryDict(query), type)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["f"] == cleaned
    empty = FilterForm(QueryDict(""), type)
    assert empty.is_valid()
    assert not empty.cleaned_data["f"]


@pytest.mark.parametrize(
    ("type", "query"),
    [
        ("choice", "f=nope"),
        ("yes_no", "f=maybe"),
        ("number", "f_from=x"),
        ("date", "f_from=2026-02-30"),
        ("text", f"f={'x' * 101}"),
    ],
)
def test_invalid_filter_in_the_query_string_is_rejected(type, query):
    assert not FilterForm(QueryDict(query), type).is_valid()


def test_range_filter_has_two_labelled_inputs():
    html = str(FilterForm(None, "date")["f"])
    assert 'name="f_from"' in html
    assert 'name="f_to"' in html
    assert html.count("<label") == 2
    assert html.count('type="date"') == 2


@pytest.mark.parametrize("label", ["2026", "12_000", "---", "Год", "__", "5__5"])
def test_key_never_looks_like_a_number_to_the_database(db, label):
    field = factories.ticket_field(label, type="text")
    with pytest.raises(ValueError, match="invalid literal"):
        int(field.key)
    assert "__" not in field.key


def test_first_and_last_days_of_the_calendar_cause_no_error(tickets):
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        q = get_field_type("datetime").filter_q("x", (datetime.date.min, datetime.date.max))
        assert not Ticket.objects.filter(q).exists()


@pytest.mark.parametrize("chosen", [None, [], ["a"], ["b&", "a"], "a"])
def test_checkboxes_are_the_same_as_djangos(chosen):
    choices = [("a", "One"), ("b&", "<b>Two</b>"), (3, gettext_lazy("Three"))]
    shown = []
    for widget in (FilterCheckboxes, forms.CheckboxSelectMultiple):
        html = widget(choices=choices).render("name", chosen, {"id": "id_name"})
        page = BeautifulSoup(html, "html.parser")
        inputs = [sorted(row.attrs.items()) for row in page.select("div > div > label > input")]
        labels = [(row["for"], row.get_text(" ", strip=True)) for row in page.select("label")]
        shown.append((page.div["id"], inputs, labels))
    assert shown[0] == shown[1]
