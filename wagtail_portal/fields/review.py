"""The answers to a form, as they're reviewed before it's sent."""

from typing import Any, cast

from django.utils.html import format_html_join
from django.utils.translation import gettext

from wagtail_portal.utils import markup

from .files import FilesField
from .form import TicketRequestForm
from .questions import BUILT_IN_QUESTIONS, Question
from .registry import get_field_type


def review_of(form: TicketRequestForm, items) -> list[dict]:
    """Return the questions among ``items`` that were asked, each with its answer as safe HTML; ""
    without one.

    :param form: the form with all answers, after it was validated.
    """
    asked = {question.id: question for question in form.questions}
    return [
        {
            "name": item.name,
            "anchor": _anchor(form[item.name]),
            "label": asked[item.id].spec.label,
            "html": _answer(form, asked[item.id]),
        }
        for item in items
        if isinstance(item, Question) and item.id in form.shown
    ]


def _anchor(field) -> str:
    return f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label


def _answer(form: TicketRequestForm, question: Question):
    cleaned, spec = form.cleaned_data.get(question.name), question.spec
    if isinstance(form.fields[question.name], FilesField):
        return _list(file.name for file in cleaned or ())
    if question.target == "description":
        return markup.render(cleaned) if cleaned else ""
    if question.target == "teammate":
        people = cast(Any, form.fields[question.name]).find_members({cleaned}) if cleaned else ()
        return _list([person.name for person in people] or [gettext("Me")])
    if question.target == "followers":
        return _list(member.name for member in cleaned or ())
    if question.target == "private":
        return gettext("Yes") if cleaned else gettext("No")
    if question.target in BUILT_IN_QUESTIONS:
        choice = spec.choice(cleaned) if cleaned else None
        return _list([choice.label if choice else str(cleaned)] if cleaned else ())
    field_type = get_field_type(spec.type)
    stored = field_type.to_json(cleaned)
    return "" if stored is None else field_type.html(stored, spec)


def _list(texts):
    return format_html_join("", "<p><bdi>{}</bdi></p>", ((text,) for text in texts))
