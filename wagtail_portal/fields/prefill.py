"""Initial answers in the URL of a form: ``?product=billing&subject=Invoice``."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify

from .conditions import possible_answers, resolve
from .questions import Question
from .registry import get_field_type

MAX_LENGTH = 500
#: Built-in questions that a URL may answer; nobody else may choose files and followers.
BUILT_IN = {"subject", "description", "urgency"}


def parameter_name(question: Question) -> str | None:
    """Return the parameter that answers a question: the key of a ticket field, the name of a
    built-in question, or the label of another one. None if the URL can't answer it."""
    if question.target.startswith("field:"):
        return question.target.removeprefix("field:")
    if question.target == "answer":
        return slugify(str(question.spec.label)) or None
    return question.target if question.target in BUILT_IN else None


def initial_from(params, questions: list[Question]) -> dict:
    """Return initial values of a form from the parameters of its URL.

    Only declared questions that are shown, only choices that exist, nothing overlong; whatever
    else is in the URL is ignored.

    :param params: a ``QueryDict``.
    """
    initial, shown = {}, {}
    for question in questions:
        condition = question.condition
        if condition is not None and not condition.holds(shown.get(condition.question)):
            continue
        name = parameter_name(question)
        given = [value[:MAX_LENGTH] for value in params.getlist(name)] if name else []
        value = _accepted(question, given) if given else None
        if value is not None:
            initial[question.name] = value
            shown[question.id] = value
    return initial


def _accepted(question: Question, given: list[str]):
    """Return the initial value of a question's field, if the field accepts it."""
    spec = question.spec
    if not get_field_type(spec.type).can_be_typed:
        return None
    if possible_answers(spec) is not None:
        values, _unknown = resolve(",".join(given), spec)
        if not values:
            return None
        given = list(values)
    several = spec.type == "choices"
    value = given if several else given[-1]
    if question.target in BUILT_IN:
        return value
    field: forms.Field = get_field_type(spec.type).form_field(spec)
    field.required = False
    try:
        field.clean(value)
    except ValidationError:
        return None
    return value
