"""Make a ticket's subject of answers: ``"Access request: {system}"``."""

import re

from wagtail_portal.utils import markup

from .form import SUBJECT_MAX_LENGTH, TicketRequestForm
from .prefill import parameter_name
from .questions import Question
from .registry import get_field_type

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: Built-in questions whose answer makes no sense within a line.
LEFT_OUT = {"subject", "attachments", "followers"}


def placeholders(questions: list[Question]) -> set[str]:
    """Return what a template may name: the same names by which a URL answers questions."""
    return {
        name
        for question in questions
        if question.target not in LEFT_OUT and (name := parameter_name(question))
    }


def unknown_placeholders(template: str, questions: list[Question]) -> list[str]:
    """Return names in a template that the form doesn't ask for."""
    return sorted(set(PLACEHOLDER.findall(template)) - placeholders(questions))


def fill(template: str, form: TicketRequestForm) -> str:
    """Return the subject for a valid form; a question that was not answered leaves nothing
    behind."""
    shown = {}
    for question in form.questions:
        name = parameter_name(question)
        if name and question.target not in LEFT_OUT:
            shown[name] = _display(question, form.cleaned_data.get(question.name))
    filled = PLACEHOLDER.sub(lambda match: shown.get(match[1], ""), template)
    return markup.excerpt(filled.replace("\n", " "), SUBJECT_MAX_LENGTH - 1).strip(" :–-,")


def _display(question: Question, cleaned) -> str:
    if cleaned in (None, "", []):
        return ""
    choice = question.spec.choice(cleaned) if isinstance(cleaned, str) else None
    if choice is not None:
        return str(choice.label)
    if question.target in ("description", "urgency"):
        return markup.excerpt(str(cleaned), 60)
    field_type = get_field_type(question.spec.type)
    return field_type.display(field_type.to_json(cleaned), question.spec)
