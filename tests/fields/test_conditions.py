"""Questions that are only shown if another question has a certain answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_portal.fields import Choice, FieldSpec
from wagtail_portal.fields.conditions import Condition, as_texts, match_answers
from wagtail_portal.fields.files import FileLimits
from wagtail_portal.fields.form import FormContext, TicketRequestForm
from wagtail_portal.fields.questions import Question

CONTEXT = FormContext(file_limits=FileLimits(1000, 1, frozenset({"txt"})))
COLOURS = (Choice("r", "Red"), Choice("g", "Green, light"))


def question(id, type="text", required=False, condition=None, choices=()):
    spec = FieldSpec(type, f"Question {id}", required=required, choices=choices)
    return Question(id, f"q-{id}", "answer", spec, condition=condition)


def form(questions, data):
    return TicketRequestForm(data, items=questions, context=CONTEXT)


CHAIN = [
    question("1", "choice", choices=COLOURS),
    question("2", required=True, condition=Condition("1", "equals", ("r",))),
    question("3", required=True, condition=Condition("2", "filled")),
]


@pytest.mark.parametrize(
    ("data", "answers", "errors"),
    [
        ({}, [], []),
        ({"q-1": "g", "q-2": "dropped", "q-3": "dropped"}, ["g"], []),
        ({"q-1": "r"}, None, ["q-2"]),
        ({"q-1": "r", "q-2": "x"}, None, ["q-3"]),
        ({"q-1": "r", "q-2": "x", "q-3": "y"}, ["r", "x", "y"], []),
        ({"q-2": "x", "q-3": "y"}, [], []),
    ],
)
def test_answers_to_hidden_questions_are_dropped_through_chains(data, answers, errors):
    filled = form(CHAIN, data)
    assert sorted(filled.errors) == errors
    if answers is not None:
        assert [row["value"] for row in filled.ticket_data()["answers"]] == answers


@pytest.mark.parametrize(
    ("type", "operator", "values", "answer", "holds"),
    [
        ("choice", "equals", ("r",), "r", True),
        ("choice", "one_of", ("r", "g"), "g", True),
        ("choice", "equals", ("r",), "", False),
        ("choices", "equals", ("r",), ["g", "r"], True),
        ("yes_no", "equals", ("no",), False, True),
        ("yes_no", "filled", (), False, True),
        ("yes_no", "filled", (), None, False),
        ("text", "equals", ("Berlin",), " berlin ", True),
        ("number", "equals", ("0",), 0, True),
        ("number", "filled", (), 0, True),
    ],
)
def test_condition(type, operator, values, answer, holds):
    assert Condition("1", operator, values).holds(answer) is holds


def test_editors_enter_condition_values_as_customers_see_them():
    spec = FieldSpec("choice", "Colour", choices=COLOURS)
    assert match_answers("red", spec) == (("r",), [])
    assert match_answers("Red, blue", spec) == (("r",), ["blue"])
    assert match_answers("Yes", FieldSpec("yes_no", "?")) == (("yes",), [])
    assert match_answers("a, b", FieldSpec("text", "?")) == (("a", "b"), [])
    # As typed with an Arabic or a Chinese keyboard.
    assert match_answers("a، b，c", FieldSpec("text", "?")) == (("a", "b", "c"), [])
    # A label that contains a comma, between others.
    assert match_answers("red, green,light, blue", spec) == (("r", "g"), ["blue"])


def test_template_contains_the_conditions_for_the_script():
    row = form(CHAIN, None).layout[1]["condition"]
    assert row["name"] == "q-1"
    assert row["values"] == '["r"]'
    assert row["description"] == "Only if “Question 1” is “Red”."


@given(st.data())
def test_only_valid_answers_to_visible_questions_are_kept(data):
    count = data.draw(st.integers(1, 6))
    questions = []
    for number in range(count):
        condition = None
        if number and data.draw(st.booleans()):
            other = str(data.draw(st.integers(0, number - 1)))
            operator = data.draw(st.sampled_from(["equals", "one_of", "filled"]))
            condition = Condition(other, operator, ("r", "x"))
        type = data.draw(st.sampled_from(["text", "choice", "yes_no", "choices"]))
        required = data.draw(st.booleans())
        questions.append(question(str(number), type, required, condition, COLOURS))
    raw = {
        f"q-{number}": data.draw(
            st.sampled_from(["", "x", "r", "yes", "no", "\x00", "R", "nope", ["r"], ["r", "g"]])
        )
        for number in range(count + 1)
    }
    from django.http import QueryDict

    posted = QueryDict(mutable=True)
    for name, value in raw.items():
        posted.setlist(name, value if isinstance(value, list) else [value])
    filled = form(questions, posted)
    if not filled.is_valid():
        return
    kept = {row["id"]: row for row in filled.ticket_data()["answers"]}
    given = {q.id: filled.cleaned_data.get(q.name) for q in questions}
    for q in questions:
        seen = q.condition is None or q.condition.holds(given.get(q.condition.question))
        if not seen:
            assert q.id not in kept
        elif q.spec.required:
            assert as_texts(given[q.id])
            assert q.id in kept
    assert set(kept) <= {q.id for q in questions}
