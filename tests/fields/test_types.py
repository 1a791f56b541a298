"""Every field type: accepted input, stored values and how they're displayed."""

import datetime
import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from wagtail_portal.fields import (
    Choice,
    FieldSpec,
    FieldType,
    FormContext,
    field_types,
    get_field_type,
    register_field_type,
)

CHOICES = (Choice("high", "High", "red"), Choice("low", "Low"), Choice("old", "Old", archived=True))


def spec(type, **options):
    return FieldSpec(type, "Label", choices=CHOICES, options=options)


def clean_and_store(type, raw, **options):
    """Return the stored value for browser input."""
    field_spec = spec(type, **options)
    form_field = get_field_type(type).form_field(field_spec)
    form_field.required = False
    stored = get_field_type(type).to_json(form_field.clean(raw))
    assert json.loads(json.dumps(stored)) == stored
    return stored


def displayed(type, stored, **options):
    return get_field_type(type).display(stored, spec(type, **options))


@pytest.mark.parametrize(
    ("type", "raw", "stored", "display"),
    [
        ("text", "  a \n b ", "a b", "a b"),
        ("long_text", "a\r\nb", "a\nb", "a\nb"),
        ("email", "a@b.example", "a@b.example", "a@b.example"),
        ("url", "example.com/x", "https://example.com/x", "https://example.com/x"),
        ("choice", "high", "high", "High"),
        ("choices", ["low", "high"], ["low", "high"], "Low, High"),
        ("yes_no", "yes", True, "Yes"),
        ("yes_no", "no", False, "No"),
        ("number", "1200", 1200, "1,200"),
        ("number", "0", 0, "0"),
        ("decimal", "1200.50", "1200.50", "1,200.50"),
        ("date", "2026-11-23", "2026-11-23", "Nov. 23, 2026"),
        ("datetime", "2026-11-23T10:30", "2026-11-23T10:30:00+00:00", "Nov. 23, 2026, 10:30 a.m."),
    ],
)
def test_valid_value_is_stored_and_displayed(type, raw, stored, display):
    assert clean_and_store(type, raw) == stored
    assert displayed(type, stored) == display


@pytest.mark.parametrize("type", list(field_types()))
def test_empty_answer_is_stored_and_displayed_as_empty(type):
    assert clean_and_store(type, [] if type == "choices" else "") is None
    assert displayed(type, None) == ""
    assert get_field_type(type).html(None, spec(type)) == ""


@pytest.mark.parametrize(
    ("type", "raw", "options"),
    [
        ("text", "x" * 256, {}),
        ("text", "abcd", {"max_length": 3}),
        ("email", "a@b", {}),
        ("url", "javascript:alert(1)", {}),
        ("url", "ftp://example.com", {}),
        ("choice", "old", {}),
        ("choice", "High", {}),
        ("choices", ["high", "nope"], {}),
        ("choices", ["high"], {"least": 2}),
        ("choices", ["high", "low"], {"most": 1}),
        ("yes_no", "maybe", {}),
        ("number", "1.5", {}),
        ("number", "9007199254740992", {}),
        ("number", "4", {"least": 5}),
        ("number", "-1", {"least": 0}),
        ("decimal", "NaN", {}),
        ("decimal", "1.234", {"places": 2}),
        ("decimal", "3", {"most": Decimal("2.5")}),
        ("date", "23.11.2026", {}),
        ("date", "2026-02-30", {}),
        ("date", "2025-01-01", {"earliest": datetime.date(2026, 1, 1)}),
        ("date", "2027-01-01", {"latest": datetime.date(2026, 1, 1)}),
        ("datetime", "yesterday", {}),
    ],
)
def test_invalid_value_is_rejected(type, raw, options):
    with pytest.raises(ValidationError):
        clean_and_store(type, raw, **options)


def test_dates_can_be_relative_to_today():
    today = timezone.localdate()
    day = datetime.timedelta(days=1)
    assert clean_and_store("date", today.isoformat(), relative="not_past")
    assert clean_and_store("date", today.isoformat(), relative="not_future")
    with pytest.raises(ValidationError):
        clean_and_store("date", (today - day).isoformat(), relative="not_past")
    with pytest.raises(ValidationError):
        clean_and_store("date", (today + day).isoformat(), relative="not_future")


def test_archived_choice_stays_readable():
    assert displayed("choice", "old") == "Old"
    assert displayed("choices", ["old", "gone"]) == "Old, gone"


def test_markup_in_labels_and_values_is_escaped():
    evil = FieldSpec("choice", "L", choices=(Choice("x", "<script>", "red"),))
    for type, stored in (("choice", "x"), ("choices", ["x"]), ("text", "<script>"), ("url", "<b>")):
        html = str(get_field_type(type).html(stored, evil))
        assert "<script>" not in html
        assert "<b>" not in html
    assert "href" not in get_field_type("url").html("javascript:alert(1)", evil)


VALUES = {
    "text": st.text(max_size=60),
    "long_text": st.text(max_size=200),
    "number": st.integers(-(2**53) + 1, 2**53 - 1).map(str),
    "decimal": st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=4).map(str),
    "date": st.dates().map(datetime.date.isoformat),
    "datetime": st.datetimes(
        min_value=datetime.datetime(1900, 1, 2),  # noqa: DTZ001 - as a browser sends it
        max_value=datetime.datetime(9998, 1, 1),  # noqa: DTZ001
    ).map(lambda value: value.strftime("%Y-%m-%dT%H:%M").rjust(16, "0")),
    "choice": st.sampled_from(["", "high", "low"]),
    "choices": st.lists(st.sampled_from(["high", "low"]), max_size=3),
    "yes_no": st.sampled_from(["", "yes", "no"]),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda t: st.tuples(st.just(t), VALUES[t])))
def test_stored_value_comes_back_unchanged_as_initial_value(case):
    type, raw = case
    stored = clean_and_store(type, raw)
    again = get_field_type(type).from_json(stored)
    assert clean_and_store(type, again if again is not None else "") == stored
    assert isinstance(displayed(type, stored), str)


@example("decimal", "NaN")
@example("decimal", "-Infinity")
@example("decimal", "1e999999")
@example("file", "log.txt")
@given(
    st.sampled_from(sorted(field_types())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=4,
    ),
)
def test_any_imported_value_is_displayed_without_an_error(type, stored):
    field_type, context = get_field_type(type), FormContext(file_url=lambda file: file["id"])
    try:
        assert isinstance(field_type.display(stored, spec(type)), str)
        prepared = field_type.prepare(spec(type), context, [stored])
        assert "<script" not in field_type.html(stored, prepared)
    except (TypeError, AttributeError, ValueError) as error:
        raise AssertionError(f"{type} cannot show {stored!r}") from error


def test_host_site_can_add_a_type_in_a_few_lines():
    from django import forms

    from wagtail_portal.fields import registry

    class ColourType(FieldType):
        key, label = "test-colour", "Colour"

        def form_field(self, spec):
            return forms.CharField(widget=forms.TextInput(attrs={"type": "color"}))

    try:
        register_field_type(ColourType)
        assert get_field_type("test-colour").display("#fff", spec("test-colour")) == "#fff"
        with pytest.raises(ValueError, match="two field types"):
            register_field_type(type("Other", (ColourType,), {}))
    finally:
        registry._types.pop("test-colour", None)
    assert get_field_type("test-colour").key == "text"


def test_invalid_link_has_one_error():
    with pytest.raises(ValidationError) as error:
        clean_and_store("url", "no address")
    assert error.value.messages == ["Enter a web address in the format https://example.com/page."]
    with pytest.raises(ValidationError):
        clean_and_store("url", "ftp://example.com/x")
