"""Check a form as a whole, and report each error at the block that causes it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from wagtail import blocks

from .questions import Question, answer_values, parse_block, read_typed_answer
from .registry import get_field_type


def check_duplicate_fields(stream) -> dict[int, ValidationError]:
    """Return errors by position for ticket fields that a form asks for more than once."""
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
    """Return errors by position for defaults that the question itself doesn't accept."""
    errors = {}
    for index, child in enumerate(stream):
        typed = child.value.get("default") if hasattr(child.value, "get") else None
        question = parse_block(child, index) if typed else None
        if isinstance(question, Question):
            try:
                read_typed_answer(child.value, "default", question.spec)
            except ValidationError as error:
                errors[index] = blocks.StructBlockValidationError({"default": error})
    return errors


def check_conditions(stream, *, draft: bool = False) -> dict[int, ValidationError]:
    """Return errors by position for conditions that can never be met.

    :param draft: whether conditions may lack an answer, because the editor saves unfinished forms.
    """
    earlier, errors = {}, {}
    for index, child in enumerate(stream):
        show_if = child.value.get("show_if") if hasattr(child.value, "get") else None
        unfinished = draft and show_if and not show_if["value"]
        problem = condition_problem(show_if, earlier) if show_if and not unfinished else None
        if problem:
            name, message = problem
            error = blocks.StructBlockValidationError({name: ValidationError(message)})
            errors[index] = blocks.StructBlockValidationError({"show_if": error})
        item = parse_block(child, index)
        if isinstance(item, Question):
            earlier[item.id] = item
    return errors


def condition_problem(show_if, earlier: dict) -> tuple[str, str] | None:
    """Return the name of the child block with an error, and the error message.

    :param show_if: the value of a :class:`~.blocks.ConditionBlock`.
    :param earlier: the questions above, by ID.
    """
    question_id = show_if["question"]
    if not question_id:
        return None
    if question_id not in earlier:
        return "question", gettext(
            "Select a question above this one. The selected question was deleted or comes later."
        )
    if show_if["operator"] == "filled":
        return None
    spec = earlier[question_id].spec
    if not get_field_type(spec.type).can_be_typed:
        return "operator", gettext("For this question, only “is answered” can be checked.")
    values, unknown = answer_values(show_if, "value", spec)
    if unknown:
        names = {"question": spec.label, "answer": unknown[0]}
        return "value", gettext("“%(question)s” has no answer “%(answer)s”.") % names
    if not values:
        return "value", gettext("Enter an answer.")
    return None
