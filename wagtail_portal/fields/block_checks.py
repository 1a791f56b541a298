"""Check a form as a whole, and report a problem at the block that causes it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from wagtail import blocks

from .conditions import resolve
from .questions import Question, parse_block, read_answer
from .registry import get_field_type


def same_field_twice(stream) -> dict[int, ValidationError]:
    """Errors by position for ticket fields that a form asks for more than once."""
    seen, errors = set(), {}
    for index, child in enumerate(stream):
        if child.block_type == "ticket_field" and (field := child.value["field"]):
            if field.pk in seen:
                errors[index] = ValidationError(
                    gettext("This form already asks for “%(field)s”.") % {"field": field.label}
                )
            seen.add(field.pk)
    return errors


def check_defaults(stream) -> dict[int, ValidationError]:
    """Errors by position for defaults that the question itself would not accept."""
    errors = {}
    for index, child in enumerate(stream):
        typed = child.value.get("default") if hasattr(child.value, "get") else None
        question = parse_block(child, index) if typed else None
        if isinstance(question, Question):
            try:
                read_answer(typed, question.spec)
            except ValidationError as error:
                errors[index] = blocks.StructBlockValidationError({"default": error})
    return errors


def check_conditions(stream, *, draft: bool = False) -> dict[int, ValidationError]:
    """Errors by position for conditions that can never be met, at the part that is wrong.

    :param draft: a condition may still lack its answer: the editor saves while one works.
    """
    earlier, errors = {}, {}
    for index, child in enumerate(stream):
        show_if = child.value.get("show_if") if hasattr(child.value, "get") else None
        unfinished = draft and show_if and not show_if["value"]
        problem = condition_problem(show_if, earlier) if show_if and not unfinished else None
        if problem:
            part, words = problem
            errors[index] = blocks.StructBlockValidationError(
                {"show_if": blocks.StructBlockValidationError({part: ValidationError(words)})}
            )
        item = parse_block(child, index)
        if isinstance(item, Question):
            earlier[item.id] = item
    return errors


def condition_problem(show_if, earlier: dict) -> tuple[str, str] | None:
    """Return the part of a condition's block that has a problem, and its description.

    :param earlier: the questions above, by id.
    """
    wanted = show_if["question"]
    if not wanted:
        return None
    if wanted not in earlier:
        return "question", gettext(
            "Select a question above this one. The selected question was deleted or comes later."
        )
    if show_if["operator"] == "filled":
        return None
    if not get_field_type(earlier[wanted].spec.type).can_be_typed:
        return "operator", gettext("For this question, only “is answered” can be checked.")
    values, unknown = resolve(show_if["value"], earlier[wanted].spec)
    if unknown:
        return "value", gettext("“%(question)s” has no answer “%(answer)s”.") % {
            "question": earlier[wanted].spec.label,
            "answer": unknown[0],
        }
    if not values:
        return "value", gettext("Enter an answer.")
    return None
