"""The block with which editors choose when a question is shown."""

import json

from django import forms
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.compare import CharBlockComparison
from wagtail.admin.telepath import register
from wagtail.admin.telepath.widgets import WidgetAdapter

from .base import FieldSpec
from .conditions import possible_answers
from .questions import BUILT_IN_QUESTIONS, QUESTION_PREFIX, built_in_choices
from .registry import field_types
from .rules import ALWAYS, clean_rule, kind_of, operators_for


class RuleWidget(forms.HiddenInput):
    """Holds the rule as JSON; a script shows lists of questions and answers."""

    class Media:
        js = ["wagtail_portal/editor/rule.js"]
        css = {"all": ["wagtail_portal/editor/rule.css"]}


class RuleWidgetAdapter(WidgetAdapter):
    """Tells the script which questions there are, and what to call everything."""

    js_constructor = "wagtail_portal.RuleWidget"

    def js_args(self, widget):
        choices = {name: possible_answers(spec) for name, spec in _fixed().items()}
        return [
            {
                "kinds": {name: kind_of(spec) for name, spec in _fixed().items()},
                "choices": {name: list(found.items()) for name, found in choices.items() if found},
                "operators": {
                    kind: operators_for(kind)
                    for kind in ("choice", "number", "date", "datetime", "text", "other")
                },
                "fieldUrl": _url("wagtail_portal_field_answers", 0),
                "customersUrl": _url("wagtail_portal_customer_answers"),
                "strings": {key: str(text) for key, text in _STRINGS.items()},
            }
        ]


_STRINGS = {
    "always": _("Always shown"),
    "add": _("Add a condition"),
    "addAnother": _("Add another condition"),
    "remove": _("Remove condition"),
    "question": _("Question"),
    "operator": _("Condition"),
    "answer": _("Answer"),
    "select": _("Select a question"),
    "match": _("Show this question if"),
    "all": _("all conditions apply"),
    "any": _("at least one condition applies"),
    "noQuestions": _("There is no question above this one."),
    "noAnswers": _("This question has no answers to choose from yet."),
    "deletedQuestion": _("Deleted question"),
    "laterQuestion": _("%(question)s (comes later)"),
    "deletedAnswer": _("Deleted answer"),
    "several": _("Separate several answers with commas. One of them is enough."),
    "or": _(" or "),
    "shownIf": _("shown if %(condition)s"),
    "shownIfAll": _("shown if %(condition)s and %(count)s more"),
    "shownIfAny": _("shown if %(condition)s or %(count)s more"),
}


def _fixed() -> dict[str, FieldSpec]:
    """Return the types of questions whose kind doesn't depend on the form, by block name."""
    built_in = {
        name: FieldSpec(name, "", choices=built_in_choices(name)) for name in BUILT_IN_QUESTIONS
    }
    return built_in | {f"{QUESTION_PREFIX}{key}": FieldSpec(key, "") for key in field_types()}


def _url(name: str, *args) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        # A project without Wagtail's admin URLs, for example in a test.
        return ""


register(RuleWidgetAdapter(), RuleWidget)


class RuleComparison(CharBlockComparison):
    """Compares rules in words, by which :class:`.compare.FormComparison` has replaced them."""

    def htmlvalue(self, val):
        return super().htmlvalue(val if isinstance(val, str) else "")


class RuleBlock(blocks.FieldBlock):
    """When a question is shown."""

    def __init__(self, required=False, **kwargs):
        self.field = forms.CharField(required=False, widget=RuleWidget())
        super().__init__(**{"label": _("Show only if"), **kwargs})

    def get_default(self):
        return ALWAYS

    def normalize(self, value):
        return clean_rule(value)

    def to_python(self, value):
        return clean_rule(value)

    def value_for_form(self, value):
        return json.dumps(clean_rule(value))

    def value_from_form(self, value):
        return clean_rule(json.loads(value) if value else None)

    def get_prep_value(self, value):
        return clean_rule(value)

    def clean(self, value):
        # The whole form has to be known: see block_checks.
        return clean_rule(value)

    def get_comparison_class(self):
        return RuleComparison

    class Meta:
        icon = "view"
