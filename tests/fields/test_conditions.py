"""Questions that are only shown if another question has a certain answer."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_portal.fields import Choice, FieldSpec
from wagtail_portal.fields.conditions import Condition, Rule, as_texts, match_answers
from wagtail_portal.fields.files import FileLimits
from wagtail_portal.fields.form import FormContext, TicketRequestForm
from wagtail_portal.fields.questions import Question

CONTEXT = FormContext(file_limits=FileLimits(1000, 1, frozenset({"txt"})))
COLOURS = (Choice("r", "Red"), Choice("g", "Green, light"))


def question(id, type="text", required=False, rule=None, choices=()):
    spec = FieldSpec(type, f"Question {id}", required=required, choices=choices)
    return Question(id, f"q-{id}", "answer", spec, rule=rule)


def form(questions, data):
    return TicketRequestForm(data, items=questions, context=CONTEXT)


CHAIN = [
    question("1", "choice", choices=COLOURS),
    question("2", required=True, rule=Rule((Condition("1", "equals", ("r",)),))),
    question("3", required=True, rule=Rule((Condition("2", "filled"),))),
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
        ("choice", "equals", ("r", "g"), "g", True),
        ("choice", "not_equals", ("r", "g"), "g", False),
        ("choice", "not_equals", ("r",), "g", True),
        # Whoever hasn't answered hasn't chosen it.
        ("choice", "not_equals", ("r",), "", True),
        ("choices", "not_equals", ("r",), ["g", "r"], False),
        ("choice", "empty", (), "", True),
        ("choice", "empty", (), "r", False),
        ("choice", "equals", ("r",), "", False),
        ("choices", "equals", ("r",), ["g", "r"], True),
        ("yes_no", "equals", ("no",), False, True),
        ("yes_no", "filled", (), False, True),
        ("yes_no", "filled", (), None, False),
        ("text", "equals", ("Berlin",), " berlin ", True),
        ("number", "equals", ("0",), 0, True),
        ("number", "filled", (), 0, True),
        ("number", "less", ("10",), 9, True),
        ("number", "less", ("10",), 10, False),
        ("number", "at_most", ("10",), 10, True),
        ("number", "at_least", ("10",), 9, False),
        ("number", "greater", ("10",), 100, True),
        ("number", "less", ("10",), None, False),
        ("decimal", "greater", ("1.5",), Decimal("1.50"), False),
        ("date", "less", ("2026-03-01",), date(2026, 2, 28), True),
        ("date", "at_least", ("2026-03-01",), date(2026, 3, 1), True),
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
    row = form(CHAIN, None).layout[1]["rule"]
    assert json.loads(row["json"]) == {
        "match": "all",
        "conditions": [{"name": "q-1", "operator": "equals", "values": ["r"]}],
    }
    assert row["sentences"] == ["“Question 1” is “Red”"]


@given(st.data())
def test_only_valid_answers_to_visible_questions_are_kept(data):
    count = data.draw(st.integers(1, 6))
    questions = []
    for number in range(count):
        rule = None
        if number and data.draw(st.booleans()):
            others = data.draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=3))
            operators = st.sampled_from(["equals", "not_equals", "filled", "empty"])
            rows = [Condition(str(other), data.draw(operators), ("r", "x")) for other in others]
            rule = Rule(tuple(rows), data.draw(st.sampled_from(["all", "any"])))
        type = data.draw(st.sampled_from(["text", "choice", "yes_no", "choices"]))
        required = data.draw(st.booleans())
        questions.append(question(str(number), type, required, rule, COLOURS))
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
        seen = q.rule is None or q.rule.holds(given)
        if not seen:
            assert q.id not in kept
        elif q.spec.required:
            assert as_texts(given[q.id])
            assert q.id in kept
    assert set(kept) <= {q.id for q in questions}


@given(st.data())
def test_rule_can_be_decided_step_by_step(data):
    values = st.sampled_from(["r", "x", None])
    answers = {name: data.draw(values) for name in "abc"}
    rows = data.draw(
        st.lists(
            st.builds(
                Condition,
                st.sampled_from("abc"),
                st.sampled_from(["equals", "not_equals", "filled", "empty"]),
                st.just(("r",)),
            ),
            min_size=1,
        )
    )
    rule = Rule(tuple(rows), data.draw(st.sampled_from(["all", "any"])))
    earlier = {name: answers[name] for name in data.draw(st.sets(st.sampled_from("abc")))}
    rest = rule.remaining(earlier)
    shown = rest if isinstance(rest, bool) else rest.holds(answers)
    assert shown == rule.holds(answers)
