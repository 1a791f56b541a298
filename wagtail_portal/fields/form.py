"""Make a Django form of questions, and ticket data of its cleaned data."""

import json
import uuid
from dataclasses import replace

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext, ngettext

from wagtail_portal import conf
from wagtail_portal.utils import markup
from wagtail_portal.utils.markup import split_list

from .base import FieldSpec
from .conditions import possible_answers
from .context import FormContext
from .files import FilesField
from .questions import URGENCIES, Content, Question
from .registry import get_field_type
from .types import CleanCharField, CleanLineField

SUBJECT_MAX_LENGTH = 200
MAX_FOLLOWERS = 20


class AddressesField(CleanLineField):
    """Email addresses of teammates, separated by commas or spaces; cleans to members."""

    def __init__(self, *, find_teammates, **kwargs):
        super().__init__(**kwargs)
        self.find_teammates = find_teammates

    def clean(self, value):
        value = super().clean(value)
        addresses = list(dict.fromkeys(split_list(value.lower())))
        if len(addresses) > MAX_FOLLOWERS:
            raise ValidationError(
                gettext("A ticket can start with up to %(number)d followers.")
                % {"number": MAX_FOLLOWERS}
            )
        found = self.find_teammates(addresses) if addresses else {}
        missing = [address for address in addresses if address not in found]
        if missing:
            raise ValidationError(
                ngettext(
                    "%(addresses)s isn’t a member of your organization.",
                    "%(addresses)s aren’t members of your organization.",
                    len(missing),
                )
                % {"addresses": ", ".join(missing)}
            )
        return list(found.values())


def _subject(spec, context):
    return CleanLineField(max_length=SUBJECT_MAX_LENGTH)


def _description(spec, context):
    return CleanCharField(
        max_length=conf.MESSAGE_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 8})
    )


def _attachments(spec, context):
    return FilesField(
        limits=context.file_limits.within(**spec.options),
        find_uploads=context.find_uploads,
        max_length=255,
    )


def _followers(spec, context):
    return AddressesField(find_teammates=context.find_teammates)


def _urgency(spec, context):
    empty = [] if spec.required else [("", gettext("Not specified"))]
    return forms.ChoiceField(choices=[*empty, *URGENCIES])


BUILT_IN_FIELDS = {
    "subject": _subject,
    "description": _description,
    "attachments": _attachments,
    "followers": _followers,
    "urgency": _urgency,
}


class TicketRequestForm(forms.Form):
    """The form that opens a ticket.

    :param items: questions and content, from :func:`.questions.parse`.
    :param context: limits and teammates.
    """

    #: Known to the browser before it sends, so that sending twice opens one ticket.
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    #: The primary key of the page that embeds the form.
    source = CleanLineField(widget=forms.HiddenInput, required=False, max_length=40)

    required_css_class = "required"

    def __init__(self, *args, items: list[Question | Content], context: FormContext, **kwargs):
        kwargs["initial"] = {"submission_key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, auto_id="id_%s", **kwargs)
        self.items = items
        self.questions = [
            replace(item, spec=get_field_type(item.spec.type).prepare(item.spec, context))
            for item in items
            if isinstance(item, Question)
        ]
        for question in self.questions:
            self.fields[question.name] = self._field(question, context)

    def _field(self, question: Question, context: FormContext) -> forms.Field:
        spec = question.spec
        built_in = BUILT_IN_FIELDS.get(question.target)
        field = built_in(spec, context) if built_in else get_field_type(spec.type).form_field(spec)
        field.label, field.help_text, field.required = spec.label, spec.help_text, spec.required
        field.widget.is_required = spec.required
        field.error_messages["required"] = self.required_words(field)
        takes_text = isinstance(field.widget, forms.widgets.Input | forms.Textarea)
        if spec.placeholder and takes_text and not field.widget.needs_multipart_form:
            field.widget.attrs["placeholder"] = spec.placeholder
        if spec.default is not None and not built_in:
            field.initial = get_field_type(spec.type).from_json(spec.default)
        if question.target == "urgency":
            field.initial = "normal" if spec.required else ""
        return field

    def _clean_fields(self):
        super()._clean_fields()
        # In order: what a hidden question was answered counts for nothing further down.
        shown = self.shown = {}
        for question in self.questions:
            condition = question.condition
            if condition is None or condition.holds(shown.get(condition.question)):
                shown[question.id] = self.cleaned_data.get(question.name)
            else:
                self.cleaned_data.pop(question.name, None)
                self._errors.pop(question.name, None)

    def _condition(self, question: Question) -> dict | None:
        """Return what the template and its script need to know of a question's condition."""
        condition = question.condition
        other = next((q for q in self.questions if condition and q.id == condition.question), None)
        if other is None:
            return None
        possible = possible_answers(other.spec) or {}
        labels = tuple(possible.get(value, value) for value in condition.values)
        return {
            "name": other.name,
            "operator": condition.operator,
            "values": json.dumps([value.strip().casefold() for value in condition.values]),
            "words": condition.in_words(str(other.spec.label), labels),
        }

    @staticmethod
    def required_words(field: forms.Field) -> str:
        """Say that a required question has no answer."""
        if isinstance(field, FilesField):
            return gettext("Attach a file.")
        if isinstance(field, forms.MultipleChoiceField):
            return gettext("Select at least one option.")
        if isinstance(field, forms.ChoiceField):
            return gettext("Select an option.")
        return gettext("Enter an answer.")

    @property
    def layout(self) -> list[dict]:
        """What the template draws, in order."""
        return self.layout_of(self.items)

    def layout_of(self, items, answered: dict | None = None) -> list[dict]:
        """Return the same for a part of the form.

        :param answered: cleaned answers of earlier steps by question id, which decide about what
            depends on them here: no script can, where those questions are not on the page.
        """
        answered = answered or {}
        rows = []
        for item in items:
            if isinstance(item, Question):
                condition = self._condition(item)
                if item.condition and item.condition.question in answered:
                    if not item.condition.holds(answered[item.condition.question]):
                        continue
                    condition = None
                width = "half" if item.half_width else "full"
                row = {"kind": "field", "field": self[item.name], "width": width}
                rows.append({**row, "condition": condition})
            elif item.kind in ("heading", "step"):
                # A step's break is here only in a form of a single step, which it names.
                rows.append({"kind": "heading", "text": item.value})
            elif item.kind == "rich_text":
                rows.append({"kind": "rich_text", "html": item.value})
            elif item.kind == "image" and item.value is not None:
                rows.append({"kind": "image", "image": item.value})
            elif item.kind == "page_link" and (page := item.value["page"]) and page.live:
                words = item.value["text"] or page.title
                rows.append({"kind": "page_link", "page": page, "text": words})
        return rows

    def ticket_data(self) -> dict:
        """Return the arguments of :func:`~wagtail_portal.actions.tickets.open_ticket`, from a valid
        form.

        It holds only what a question of the form accepted, whatever else was sent.
        """
        data = {"values": {}, "answers": [], "submission_key": self.cleaned_data["submission_key"]}
        renamed = {"description": "body"}
        for question in self.questions:
            cleaned = self.cleaned_data.get(question.name)
            if question.target in BUILT_IN_FIELDS:
                if cleaned:
                    data[renamed.get(question.target, question.target)] = cleaned
                continue
            field_type = get_field_type(question.spec.type)
            stored = field_type.to_json(cleaned)
            if question.target == "answer":
                if stored is not None:
                    data["answers"].append(answer(question, stored))
            elif stored is not None:
                data["values"][question.target.removeprefix("field:")] = stored
        return data

    def entered(self) -> list[dict]:
        """``{label, value}`` of what was typed, valid or not, to give it back in plain words."""
        rows = []
        for question in self.questions:
            value = self[question.name].value()
            if not get_field_type(question.spec.type).can_be_typed:
                # An id says nothing, and files stay where they are.
                continue
            if isinstance(value, str) and markup.clean(value):
                spec = question.spec
                choice = spec.choice(value)
                rows.append({"label": spec.label, "value": choice.label if choice else value})
        return rows


def answer(question: Question, stored) -> dict:
    """Return an answer as the ticket keeps it: readable for good, whatever happens to the form."""
    spec = question.spec
    return {
        "id": question.id,
        "type": spec.type,
        "label": str(spec.label),
        "value": stored,
        "display": get_field_type(spec.type).display(stored, spec),
    }


def answer_html(stored: dict, context: FormContext | None = None):
    """Return a stored answer as safe HTML, without the form that it came from.

    :param context: says where files are.
    """
    field_type = get_field_type(stored.get("type", "text"))
    if field_type.has_choices or field_type.keeps_display:
        # The labels of that day; their keys say nothing, and the form may have gone.
        return escape(stored.get("display", ""))
    value, spec = stored.get("value"), FieldSpec(field_type.key, stored.get("label", ""))
    return field_type.html(value, field_type.prepare(spec, context or FormContext(), [value]))
