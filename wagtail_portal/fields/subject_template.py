"""Fill the subject of a ticket from answers: ``"Access request: {system}"``."""

import re

from wagtail_portal.utils import markup

from .form import SUBJECT_MAX_LENGTH, TicketRequestForm
from .prefill import parameter_name
from .questions import Question
from .registry import get_field_type

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _placeholders(questions: list[Question]) -> list[tuple[str, Question]]:
    """Return the questions that a template can refer to, each after its parameter in URLs. Several
    questions of which only one is shown can have the same."""
    return [
        (name, question)
        for question in questions
        if (name := parameter_name(question)) and question.target != "subject"
    ]


def unknown_placeholders(template: str, questions: list[Question]) -> list[str]:
    """Return the placeholders of a template that the form doesn't ask for."""
    known = {name for name, _question in _placeholders(questions)}
    return sorted(set(PLACEHOLDER.findall(template)) - known)


def fill_subject(template: str, form: TicketRequestForm) -> str:
    """Return the subject for a valid form, without placeholders of unanswered questions."""
    answers: dict[str, str] = {}
    for name, question in _placeholders(form.questions):
        answers[name] = answers.get(name) or _display(
            question, form.cleaned_data.get(question.name)
        )
    filled = PLACEHOLDER.sub(lambda match: answers.get(match[1], ""), template)
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
