"""Initial answers from the URL of a form: ``?product=billing&subject=Invoice``."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from .conditions import match_answers, possible_answers
from .questions import Question
from .registry import get_field_type

MAX_LENGTH = 500
#: Built-in questions that a URL can answer. Only the customer can choose files and followers.
BUILT_IN = {"subject", "description", "urgency"}


def parameter_name(question: Question) -> str | None:
    """Return the URL parameter of a question: the key of a ticket field, the name of a built-in
    question, or a slug of the label; None if a URL can't answer it."""
    if question.target.startswith("field:"):
        return question.target.removeprefix("field:")
    if question.target == "answer":
        return slugify(str(question.spec.label)) or None
    return question.target if question.target in BUILT_IN else None


def initial_from(params, questions: list[Question]) -> dict:
    """Return initial values of a form from its URL, ignoring what the form wouldn't accept.

    :param params: a ``QueryDict``.
    """
    initial: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for question in questions:
        if question.rule is not None and not question.rule.holds(shown):
            continue
        name = parameter_name(question)
        given = [value[:MAX_LENGTH] for value in params.getlist(name)] if name else []
        accepted = _accepted(question, given) if given else None
        if accepted is not None:
            initial[question.name], shown[question.id] = accepted
        elif question.spec.default is not None:
            default = question.spec.default
            shown[question.id] = get_field_type(question.spec.type).from_json(default)
    return initial


def _accepted(question: Question, given: list[str]) -> tuple[Any, Any] | None:
    """Return the initial value of a question's field and the answer it stands for, if the field
    accepts it."""
    spec, field_type = question.spec, get_field_type(question.spec.type)
    if not field_type.can_be_typed:
        return None
    if possible_answers(spec) is not None:
        values, _unknown = match_answers(",".join(given), spec)
        if not values:
            return None
        given = list(values)
    value = given if spec.type == "choices" else given[-1]
    if question.target in BUILT_IN:
        return value, value
    field = field_type.form_field(spec)
    field.required = False
    try:
        return value, field.clean(value)
    except ValidationError:
        return None
