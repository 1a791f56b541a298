"""Read and check the rules by which questions are shown.

A rule is stored as plain JSON: ``{"match": "all", "conditions": [{"question", "operator",
"values"}]}``. Questions are stored by block ID and choices by key, so neither new wording nor a
translation changes what a condition means.
"""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.text import clean_line

from .base import FieldSpec
from .conditions import (
    DATES,
    NUMBERS,
    ORDERED,
    SENTENCES,
    Condition,
    Rule,
    match_answers,
    possible_answers,
)
from .registry import get_field_type

ALWAYS: dict[str, Any] = {"match": "all", "conditions": []}
MAX_CONDITIONS = 20
MAX_LENGTH = 255

#: Built-in questions whose answers can't be compared.
NOT_COMPARED = ("attachments", "followers")

_OPERATORS = {
    "equals": _("is"),
    "not_equals": _("isn’t"),
    "less": _("is less than"),
    "at_most": _("is at most"),
    "at_least": _("is at least"),
    "greater": _("is more than"),
    "filled": _("is answered"),
    "empty": _("isn’t answered"),
}
_DATE_OPERATORS = {
    "less": _("is before"),
    "at_most": _("is on or before"),
    "at_least": _("is on or after"),
    "greater": _("is after"),
}


def kind_of(spec: FieldSpec) -> str:
    """Return how answers to a question are compared: ``"choice"``, ``"number"``, ``"date"``,
    ``"datetime"``, ``"text"``, or ``"other"`` if they can't be."""
    if possible_answers(spec) is not None or get_field_type(spec.type).has_choices:
        return "choice"
    if spec.type in NUMBERS:
        return "number"
    if spec.type in DATES:
        return spec.type
    if spec.type in NOT_COMPARED or not get_field_type(spec.type).can_be_typed:
        return "other"
    return "text"


def operators_for(kind: str) -> list[tuple[str, str]]:
    """Return the operators for a kind of question, with their labels."""
    labels = _OPERATORS | (_DATE_OPERATORS if kind in DATES else {})
    left_out = () if kind in ("number", *DATES) else ORDERED
    left_out = (*left_out, "equals", "not_equals") if kind == "other" else left_out
    return [(key, str(label)) for key, label in labels.items() if key not in left_out]


def clean_rule(value) -> dict:
    """Return a stored or submitted rule without conditions that lack a question.

    :raises ValueError: if it's malformed.
    """
    try:
        rows = [
            {
                "question": str(row["question"])[:MAX_LENGTH],
                "operator": row["operator"] if row["operator"] in SENTENCES else "filled",
                "values": [
                    found for text in row["values"] if (found := clean_line(str(text))[:MAX_LENGTH])
                ],
            }
            for row in (value or ALWAYS)["conditions"][:MAX_CONDITIONS]
            if row["question"]
        ]
        match = "any" if (value or ALWAYS)["match"] == "any" else "all"
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(value) from error
    return {"match": match, "conditions": rows}


def read_rule(value, earlier: dict) -> Rule | None:
    """Return the rule of a question; None if it's always shown.

    :param value: the value of a :class:`RuleBlock`.
    :param earlier: the questions above, by ID. Conditions on others can never be met.
    """
    conditions = []
    for row in (value or ALWAYS)["conditions"]:
        question = earlier.get(row["question"])
        if question is None:
            conditions.append(Condition(row["question"]))
        else:
            values, _unknown = read_values(row["values"], question.spec)
            conditions.append(Condition(row["question"], row["operator"], values))
    return Rule(tuple(conditions), value["match"]) if conditions else None


def read_values(given, spec: FieldSpec) -> tuple[tuple[str, ...], list[str]]:
    """Return the values of a condition as conditions compare them, and those that the question
    doesn't have or can't read."""
    possible = possible_answers(spec)
    if possible is not None:
        return tuple(key for key in given if key in possible), [
            key for key in given if key not in possible
        ]
    values, unknown = [], []
    for text in given:
        if spec.type in DATES:
            try:
                values.append(_read_date(text, spec.type))
            except ValueError:
                unknown.append(text)
        else:
            found, others = match_answers(text, spec)
            values += found
            unknown += others
    return tuple(dict.fromkeys(values)), unknown


def _read_date(text: str, kind: str) -> str:
    if kind == "date":
        return date.fromisoformat(text.strip()).isoformat()
    return datetime.fromisoformat(text.strip()).replace(tzinfo=None).isoformat(" ", "minutes")


def rule_problems(value, earlier: dict, *, draft: bool = False) -> list[str]:
    """Return everything that's wrong with a rule, as sentences.

    :param value: the value of a :class:`RuleBlock`.
    :param earlier: the questions above, by ID.
    :param draft: whether conditions may lack an answer, because the editor saves unfinished forms.
    """
    found = []
    for row in (value or ALWAYS)["conditions"]:
        question = earlier.get(row["question"])
        if question is None:
            found.append(
                gettext(
                    "Select a question above this one. The selected question was deleted or comes "
                    "later."
                )
            )
        elif problem := _problem(row, question.spec, draft):
            found.append(problem)
    return list(dict.fromkeys(found))


def _problem(row, spec: FieldSpec, draft: bool) -> str:
    operator = row["operator"]
    if operator not in dict(operators_for(kind_of(spec))):
        text = gettext("The answer to “%(question)s” can’t be compared like this.")
        return text % {"question": spec.label}
    if operator in ("filled", "empty"):
        return ""
    values, unknown = read_values(row["values"], spec)
    if unknown and possible_answers(spec) is not None:
        text = gettext("An answer to “%(question)s” was deleted. Choose another one.")
        return text % {"question": spec.label}
    if unknown:
        text = gettext("“%(question)s” has no answer “%(answer)s”.")
        return text % {"question": spec.label, "answer": unknown[0]}
    if not values and not draft:
        return gettext("Choose an answer to “%(question)s”.") % {"question": spec.label}
    if operator in ORDERED and len(values) > 1:
        return gettext("Enter only one value for “%(question)s”.") % {"question": spec.label}
    return ""


def rule_in_words(value, specs: dict[str, FieldSpec]) -> str:
    """Return a rule as one line, for comparing versions of a form.

    :param value: the value of a :class:`RuleBlock`.
    :param specs: of all questions of the form, by ID.
    """
    parts = []
    for row in (value or ALWAYS)["conditions"]:
        spec = specs.get(row["question"]) or FieldSpec("text", gettext("Deleted question"))
        values, unknown = read_values(row["values"], spec)
        deleted = [gettext("Deleted answer")] if unknown else []
        condition = Condition(row["question"], row["operator"], (*values, *deleted))
        parts.append(condition.describe(spec))
    if not parts:
        return ""
    if len(parts) == 1:
        return parts[0]
    words = (
        gettext("At least one of: %(conditions)s")
        if value["match"] == "any"
        else gettext("All of: %(conditions)s")
    )
    return words % {"conditions": comma_list(parts)}
