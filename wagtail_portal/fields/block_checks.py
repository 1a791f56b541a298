"""Check a form as a whole, and report each error at the block that causes it."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from wagtail import blocks

from .customers import customer_fields_in
from .questions import Question, parse_block, read_typed_answer, rule_of
from .rules import rule_problems


def check_form(stream, errors: dict[int, ValidationError], *, draft: bool = False) -> dict:
    """Return all errors of a form by position, so that editors see them at once.

    :param errors: those of single blocks. The values of these blocks may not be clean.
    :param draft: whether conditions may lack an answer, because the editor saves unfinished forms.
    """
    found: defaultdict = defaultdict(dict)
    seen: set = set()
    earlier: dict = {**customer_fields_in(map(rule_of, stream))}
    for index, child in enumerate(stream):
        value = child.value if hasattr(child.value, "get") else {}
        by_name = found[index]
        if child.block_type == "ticket_field" and (field := value["field"]):
            if field.pk in seen:
                text = gettext("This form already asks for “%(field)s”.") % {"field": field.label}
                by_name["field"] = ValidationError(text)
            seen.add(field.pk)
        if problems := rule_problems(value.get("show_if"), earlier, draft=draft):
            by_name["show_if"] = ValidationError(" ".join(problems))
        if index not in errors and (problem := _default_problem(child, index)):
            by_name["default"] = problem
        # A default can only be read if the block has no errors.
        question = parse_block(child, index, defaults=False)
        if isinstance(question, Question):
            earlier[question.id] = question
    merged = {index: _merge(errors.get(index), found[index]) for index in {*errors, *found}}
    return {index: error for index, error in sorted(merged.items()) if error is not None}


def _default_problem(child, index: int) -> ValidationError | None:
    """Return why the question itself doesn't accept its default."""
    typed = child.value.get("default") if hasattr(child.value, "get") else None
    question = parse_block(child, index) if typed else None
    if isinstance(question, Question):
        try:
            read_typed_answer(child.value, "default", question.spec)
        except ValidationError as error:
            return error
    return None


def _merge(error, by_name) -> ValidationError | None:
    if not by_name:
        return error
    if error is None:
        return blocks.StructBlockValidationError(by_name)
    if isinstance(error, blocks.StructBlockValidationError):
        merged = {**by_name, **error.block_errors}
        return blocks.StructBlockValidationError(merged, error.non_block_errors)
    return error
