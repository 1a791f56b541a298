"""The Django form that opens a ticket, built from a form page's questions."""

import json
import re
import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import escape
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.utils import markup

from .base import FieldSpec
from .conditions import Rule
from .context import FormContext
from .files import FilesField
from .followers import FollowersField, TeammateField
from .form_fields import CleanLineField, MessageField, NumberField, Select
from .questions import BUILT_IN_QUESTIONS, URGENCIES, Content, Question
from .registry import get_field_type

SUBJECT_MAX_LENGTH = 200

#: Names of questions into which something can be typed. See :mod:`.questions`.
_TYPED = re.compile(r"subject|description|(q|field)-.+(?<!-kept)(?<!-remove)(?<!-teammates)")
#: What's chosen instead of typed: yes or no, and keys of choices.
_CHOSEN = re.compile(r".+=(yes|no|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|field-.+=[a-z0-9_-]+")


def is_typed(name: str) -> bool:
    """Return whether the input of that name belongs to a question, of whichever version of the
    form, and can hold text."""
    return bool(_TYPED.fullmatch(name))


def _built_in_field(question: Question, context: FormContext) -> forms.Field:
    """Return the form field of a built-in question."""
    required = question.spec.required
    match question.target:
        case "subject":
            return CleanLineField(max_length=SUBJECT_MAX_LENGTH)
        case "description":
            return MessageField(
                max_length=conf.MESSAGE_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 8})
            )
        case "attachments":
            return FilesField(
                limits=context.file_limits.within(**question.spec.options),
                find_uploads=context.find_uploads,
                max_length=255,
            )
        case "followers":
            return FollowersField(context=context)
        case "private":
            # Conditions compare the answer of yes-or-no questions.
            return forms.BooleanField(widget=forms.CheckboxInput({"value": "yes"}))
        case "teammate":
            return TeammateField(context=context)
    empty = [] if required else [("", gettext("Not specified"))]
    initial = "normal" if required else ""
    return forms.ChoiceField(choices=[*empty, *URGENCIES], initial=initial, widget=Select)


def _required_message(field: forms.Field, question: Question) -> str:
    """Return the error for a required question without an answer.

    It's also shown in the summary above the form, so it names the question.
    """
    label = question.spec.label
    usual = {
        "subject": gettext("Enter a subject."),
        "description": gettext("Enter a description."),
        "attachments": gettext("Attach a file."),
    }.get(question.target)
    if usual and label == BUILT_IN_QUESTIONS[question.target][0]:
        return usual
    if isinstance(field.widget, forms.EmailInput):
        return gettext("Enter an email address.")
    if isinstance(field, FilesField):
        text = gettext("Attach a file for “%(label)s”.")
    elif question.spec.type == "yes_no":
        text = gettext("Select yes or no for “%(label)s”.")
    elif question.spec.type in ("member", "teammate"):
        text = gettext("Select a person for “%(label)s”.")
    elif isinstance(field, forms.MultipleChoiceField):
        text = gettext("Select at least one option for “%(label)s”.")
    elif isinstance(field, forms.ChoiceField):
        text = gettext("Select an option for “%(label)s”.")
    elif isinstance(field, forms.DateTimeField):
        text = gettext("Enter a date and time for “%(label)s”.")
    elif isinstance(field, forms.DateField):
        text = gettext("Enter a date for “%(label)s”.")
    elif isinstance(field, NumberField):
        text = gettext("Enter a number for “%(label)s”.")
    else:
        text = gettext("Enter an answer for “%(label)s”.")
    return text % {"label": label}


class TicketRequestForm(forms.Form):
    """The form that opens a ticket.

    :param items: questions and content, from :func:`.questions.parse`.
    """

    #: The description as safe HTML, if a preview was requested.
    previewed = None
    #: Why there's no preview.
    preview_errors = ()
    #: Whether the page has what a composer needs.
    has_composer = True
    #: Generated with the page, so that submitting it twice opens one ticket.
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    #: The primary key of the page that embeds the form.
    source = CleanLineField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args, items: list[Question | Content], context: FormContext, **kwargs):
        kwargs["initial"] = {"submission_key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **{"auto_id": "id_%s", **kwargs})
        self.items = items
        self.questions = [
            replace(item, spec=get_field_type(item.spec.type).prepare(item.spec, context))
            for item in items
            if isinstance(item, Question)
        ]
        for question in self.questions:
            self.fields[question.name] = self._field(question, context)

    def _field(self, question: Question, context: FormContext) -> forms.Field:
        spec, field_type = question.spec, get_field_type(question.spec.type)
        if question.target in BUILT_IN_QUESTIONS:
            field = _built_in_field(question, context)
        else:
            field = field_type.form_field(spec)
        field.label, field.help_text, field.required = spec.label, spec.help_text, spec.required
        if question.target == "private" and not spec.help_text:
            field.help_text = gettext(
                "Only you, the followers and the support team will be able to see it."
            )
        if isinstance(field, FilesField):
            # Isolated: it may be in another language than the page, in which the limits are.
            own = f"\u2068{spec.help_text}\u2069 " if spec.help_text else ""
            field.help_text = f"{own}{field.limits.describe()}"
        field.widget.is_required = spec.required
        field.error_messages["required"] = _required_message(field, question)
        takes_text = isinstance(field.widget, forms.widgets.Input | forms.Textarea)
        if spec.placeholder and takes_text and not field.widget.needs_multipart_form:
            field.widget.attrs["placeholder"] = spec.placeholder
        if spec.default is not None:
            field.initial = field_type.from_json(spec.default)
        return field

    def _clean_fields(self):
        super()._clean_fields()  # type: ignore[misc]
        # In order, because answers to hidden questions don't count for later conditions.
        shown: dict[str, Any] = {}
        self.shown = shown
        for question in self.questions:
            if question.rule is None or question.rule.holds(shown):
                shown[question.id] = self.cleaned_data.get(question.name)
            else:
                self.cleaned_data.pop(question.name, None)
                self.errors.pop(question.name, None)

    @property
    def typed_into_removed(self) -> list[str]:
        """What was typed into questions that an editor has removed since."""
        given = dict(self.data.items()) if self.is_bound else self.initial
        return [
            value
            for name, value in given.items()
            if name not in self.fields and is_typed(name)
            if isinstance(value, str)
            and markup.clean(value)
            and not _CHOSEN.fullmatch(f"{name}={value}")
        ]

    @property
    def left_out(self) -> list[str]:
        """What was typed into removed questions, also when the form was sent earlier."""
        before = self.data.getlist("left_out") if isinstance(self.data, QueryDict) else []
        return [*before, *self.typed_into_removed]

    def _rule(self, rule: Rule) -> dict:
        """Return a question's rule for the template and its script."""
        others = {question.id: question for question in self.questions}
        rows, sentences = [], []
        for condition in rule.conditions:
            # A question that was deleted has no answer.
            other = others.get(condition.question)
            values = [value.strip().casefold() for value in condition.values]
            name = other.name if other else ""
            rows.append({"name": name, "operator": condition.operator, "values": values})
            if other:
                sentences.append(condition.describe(other.spec))
        return {
            "json": json.dumps({"match": rule.match, "conditions": rows}),
            "is_any": rule.match == "any",
            "sentences": sentences,
        }

    @property
    def layout(self) -> list[dict]:
        """The rows of the whole form, for the template."""
        return self.layout_of(self.items)

    def layout_of(self, items, answered: dict | None = None) -> list[dict]:
        """Return the rows of some of the form's items, for the template.

        :param answered: cleaned answers of earlier steps by question ID. Conditions on them are
            decided here, because the script only sees the questions on the page.
        """
        answered = answered or {}
        rows = []
        for item in items:
            if isinstance(item, Question):
                rule = item.rule.remaining(answered) if item.rule else True
                if rule is False:
                    continue
                width = "half" if item.half_width else "full"
                row = {"kind": "field", "field": self[item.name], "width": width}
                rows.append({**row, "rule": None if rule is True else self._rule(rule)})
            elif item.kind in ("heading", "step"):
                # A step break is only among the items if it names the form's single step.
                rows.append({"kind": "heading", "text": item.value})
            elif item.kind == "rich_text":
                rows.append({"kind": "rich_text", "html": item.value})
            elif item.kind == "image" and item.value is not None:
                rows.append({"kind": "image", "image": item.value})
            elif item.kind == "page_link" and (page := item.value["page"]) and page.live:
                page = page.localized
                text = item.value["text"] or page.title
                rows.append({"kind": "page_link", "page": page, "text": text})
        return rows

    def ticket_data(self) -> dict:
        """Return the arguments of :func:`~wagtail_portal.actions.tickets.open_ticket` from a valid
        form: only what its questions accepted, whatever else was sent."""
        data = {"values": {}, "answers": [], "submission_key": self.cleaned_data["submission_key"]}
        for question in self.questions:
            cleaned = self.cleaned_data.get(question.name)
            if question.target in BUILT_IN_QUESTIONS:
                if cleaned:
                    data["body" if question.target == "description" else question.target] = cleaned
                continue
            field_type = get_field_type(question.spec.type)
            stored = field_type.to_json(cleaned)
            if stored is None:
                continue
            if question.target == "answer":
                data["answers"].append(answer(question, stored))
            else:
                data["values"][question.target.removeprefix("field:")] = stored
        return data

    def entered(self) -> list[dict]:
        """Return ``{"label", "value"}`` of everything that was typed, valid or not."""
        rows = []
        for question in self.questions:
            value = self[question.name].value()
            value = getattr(value, "addresses", value)
            spec = question.spec
            # IDs of members and files aren't readable.
            can_be_typed = get_field_type(spec.type).can_be_typed
            if can_be_typed and isinstance(value, str) and markup.clean(value):
                choice = spec.choice(value)
                rows.append({"label": spec.label, "value": choice.label if choice else value})
        return rows + [{"label": "", "value": text} for text in self.left_out]


def answer(question: Question, stored) -> dict:
    """Return an answer as the ticket stores it: it stays readable if the form changes."""
    spec = question.spec
    return {
        "id": question.id,
        "type": spec.type,
        "label": str(spec.label),
        "value": stored,
        "display": get_field_type(spec.type).display(stored, spec),
    }


def answer_html(stored: dict, context: FormContext | None = None):
    """Return a stored answer as safe HTML, without needing its form.

    :param context: for the URLs of files.
    """
    field_type = get_field_type(stored.get("type", "text"))
    if field_type.has_choices or field_type.keeps_display:
        # The labels at the time, because the form may have changed or been deleted.
        return escape(stored.get("display", ""))
    value, spec = stored.get("value"), FieldSpec(field_type.key, stored.get("label", ""))
    return field_type.html(value, field_type.prepare(spec, context or FormContext(), [value]))
