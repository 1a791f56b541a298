"""Fields for numbers: what customers, agents and editors type, in any language."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import translation

from tests import factories
from tests.factories import block
from wagtail_portal.fields import FieldSpec, get_field_type
from wagtail_portal.fields.basic_blocks import NumberBlock, WholeNumberBlock
from wagtail_portal.fields.conditions import Condition, match_answers
from wagtail_portal.fields.questions import read_answer, write_answer
from wagtail_portal.models import Ticket

PRICE = "99999999-9999-4999-8999-999999999999"


def stored(type, typed, **options):
    kind = get_field_type(type)
    return kind.to_json(kind.form_field(FieldSpec(type, "Price", options=options)).clean(typed))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("type", "typed", "value"),
    [
        ("decimal", "1,5", "1.5"),
        ("decimal", "1.50", "1.50"),
        ("decimal", "1.234,5", "1234.5"),
        ("number", "1 000", 1000),
        ("number", "5,0", 5),
        ("number", "١٢", 12),
    ],
)
def test_is_stored_as_it_was_meant(type, typed, value, language):
    with translation.override(language):
        assert stored(type, typed) == value


@pytest.mark.parametrize(
    ("language", "type", "typed", "words"),
    [
        (
            "en",
            "decimal",
            "1,250",
            "“1,250” can be read in two ways. Enter 1250 or 1.25, whichever you mean.",
        ),
        (
            "en",
            "decimal",
            "1.125",
            "“1.125” can be read in two ways. Enter 1125 or 1.1250, whichever you mean.",
        ),
        (
            "en",
            "number",
            "1.000",
            "“1.000” can be read in two ways. Enter a whole number without separators, for "
            "example 1000.",
        ),
        ("en", "number", "1,5", "Enter a whole number."),
        ("en", "number", "1e3", "Enter a whole number."),
        ("en", "decimal", "5²", "Enter a number."),
    ],
)
def test_what_is_not_clear_is_refused_with_an_example(language, type, typed, words):
    with translation.override(language), pytest.raises(ValidationError) as error:
        stored(type, typed)
    assert error.value.messages == [words]


@pytest.mark.parametrize("example", ["1250", "1.25", "1125", "1.1250"])
def test_the_examples_can_be_entered(example):
    assert stored("decimal", example)


@pytest.mark.parametrize("value", ["1.125", "-999.999", "0.5", "1000", "1234.5", "0.001"])
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_stored_value_is_shown_so_that_it_can_be_sent_back(value, language):
    kind, spec = get_field_type("decimal"), FieldSpec("decimal", "Price", options={"places": 3})
    with translation.override(language):
        field = kind.form_field(spec)
        shown = field.prepare_value(kind.from_json(value))
        assert isinstance(shown, str)
        assert kind.to_json(field.clean(shown)) == value


def test_inputs_are_text_with_a_keyboard_for_numbers():
    for type, mode in (("number", "numeric"), ("decimal", "decimal")):
        kind, spec = get_field_type(type), FieldSpec(type, "Price")
        html = kind.form_field(spec).widget.render("x", None)
        assert 'type="text"' in html and f'inputmode="{mode}"' in html
        html = kind.filter_field(spec).widget.render("x", None)
        assert html.count('type="text"') == html.count('inputmode="decimal"') == 2


def test_filter_reads_numbers_in_the_same_way():
    field = get_field_type("number").filter_field(FieldSpec("number", "Price"))

    def clean(first, last):
        params = QueryDict(mutable=True)
        params.update({"x_from": first, "x_to": last})
        return field.clean(field.widget.value_from_datadict(params, {}, "x"))

    assert clean("1,5", "1.234,5") == (Decimal("1.5"), Decimal("1234.5"))
    with pytest.raises(ValidationError):
        clean("1.000", "")


@pytest.mark.parametrize(
    ("type", "typed", "values", "unknown"),
    [
        ("decimal", "1,5", ("1.5",), []),
        ("decimal", "1,5, 2.50", ("1.5", "2.5"), []),
        ("number", "1,2,3", ("1", "2", "3"), []),
        ("number", "1, 20", ("1", "20"), []),
        ("number", "many", (), ["many"]),
        ("decimal", "1.000", (), ["1.000"]),
    ],
)
def test_answer_of_a_condition_is_a_number(type, typed, values, unknown):
    assert match_answers(typed, FieldSpec(type, "?")) == (values, unknown)


def test_condition_compares_numbers_and_not_texts():
    condition = Condition("1", "equals", ("1.5",))
    assert condition.holds(Decimal("1.50"))
    assert not condition.holds(Decimal("15"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_default_is_typed_and_shown_in_the_editors_language(language):
    spec = FieldSpec("decimal", "Price")
    with translation.override(language):
        assert read_answer("1,125.5", spec) == "1125.5"
        assert read_answer(write_answer("1.125", spec), spec) == "1.125"


def test_limits_are_typed_in_the_same_way():
    assert NumberBlock(required=False).clean("1,5") == Decimal("1.5")
    assert WholeNumberBlock(min_value=1).clean("1 000") == 1000
    state = WholeNumberBlock().get_form_state(1000)
    assert state == "1000"
    for typed in ("1.000", "1,5"):
        with pytest.raises(ValidationError):
            WholeNumberBlock().clean(typed)


def test_customer_who_writes_a_comma_pays_the_right_price(home, browser):
    own = {"label": "Price", "help_text": "", "required": True, "width": "full"}
    factories.form_page(
        home, [block("subject"), block("question_decimal", {**own, "places": 2}, id=PRICE)]
    )
    data = {"subject": "Order", f"q-{PRICE}": "1,000"}
    response = browser.post("/support/report/", data)
    html = response.content.decode()
    assert "“1,000” can be read in two ways. Enter 1000 or 1, whichever you mean." in html
    assert 'value="1,000"' in html
    browser.post("/support/report/", {**data, f"q-{PRICE}": "1,50"})
    assert Ticket.objects.get().answers[0]["value"] == "1.50"
