"""Suggestions for the search of the inbox, while an agent types."""

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.utils.translation import gettext
from django.views import View
from wagtail.admin.utils import get_user_display_name

from wagtail_portal.columns import get_column
from wagtail_portal.desk.autocomplete import search_rows
from wagtail_portal.fields import FormContext
from wagtail_portal.models import Status, TicketField
from wagtail_portal.permissions import Verb
from wagtail_portal.search import fold, terms, words
from wagtail_portal.search.operators import Part, split

from .search import ASSIGNEE, FROM, ME, NO_ONE, OPEN, ORGANIZATION, STATUS, URGENCY, InboxSearch

#: How many are suggested for an operator, and of each kind for a word.
OF_OPERATOR, OF_WORD = 8, 3
#: Shorter words begin too many names.
MIN_LENGTH = 2


class Suggestions:
    """Suggests how the last part of a search could go on.

    :param typed: the text up to the cursor.
    """

    def __init__(self, user, typed: str):
        self.user = user
        fields = [field for field in TicketField.cached() if not field.archived]
        self.search = InboxSearch(user, typed, fields=fields, statuses=Status.cached())
        self.labels = self._operator_labels()

    def _operator_labels(self) -> dict[str, str]:
        built_in = {
            FROM: gettext("Requester"),
            ORGANIZATION: gettext("Organization"),
            STATUS: gettext("Status"),
            ASSIGNEE: gettext("Assigned to"),
            URGENCY: gettext("Urgency"),
        }
        fields = self.search.field_keys.items()
        return {key: field.label for key, field in fields} | built_in

    @property
    def rows(self) -> list[dict]:
        """The suggestions: the whole text with each, what to show, and what kind it is."""
        # Spaces end a word, but the search removes them.
        text = self.search.typed
        parts = list(split(text, self.labels))
        if not parts:
            return []
        part = parts[-1]
        found = self._of_operator(part) if part.operator else self._of_word(part)
        return [
            {"text": text[: part.start] + completed, "label": label, "kind": kind}
            for completed, label, kind in found
        ]

    def _of_operator(self, part: Part):
        kind = self.labels[part.operator]
        for value, label in self._values(part.operator, part.value):
            yield f"{part.operator}:{_quoted(value)} ", label, kind

    def _of_word(self, part: Part):
        if part.is_quoted or len(part.value) < MIN_LENGTH:
            return
        for operator, label in self.labels.items():
            if operator.startswith(fold(part.value)) or _matches(part.value, label):
                yield f"{operator}:", f"{operator}:", label
        for operator in (ORGANIZATION, FROM):
            for value, label in self._people(operator, part.value)[:OF_WORD]:
                yield f"{operator}:{_quoted(value)} ", label, self.labels[operator]

    def _values(self, operator: str, typed: str) -> list[tuple[str, str]]:
        """Return values of an operator that begin as typed, with their labels."""
        if operator in (FROM, ORGANIZATION):
            return self._people(operator, typed)
        if operator == ASSIGNEE:
            special = [(ME, gettext("Me")), (NO_ONE, gettext("No one"))]
            agents = search_rows("agent", self.user, typed)[:OF_OPERATOR]
            names = [get_user_display_name(agent) for agent in agents]
            return [*_starting(typed, special), *((name, name) for name in names)]
        if operator == STATUS:
            labels = [(OPEN, gettext("Open")), *((row.name,) * 2 for row in self.search.statuses)]
        elif operator == URGENCY:
            column: Any = get_column(URGENCY)
            choices = column.filter_field(FormContext()).choices
            labels = [(str(label),) * 2 for _key, label in choices]
        else:
            field = self.search.field_keys[operator]
            choices = field.spec().choices if field.field_type.has_choices else ()
            labels = [(choice.label,) * 2 for choice in choices if not choice.archived]
        return _starting(typed, labels)[:OF_OPERATOR]

    def _people(self, operator: str, typed: str) -> list[tuple[str, str]]:
        if operator == ORGANIZATION:
            rows = search_rows("organization", self.user, typed)[:OF_OPERATOR]
            return [(row.name, row.name) for row in rows]
        rows = search_rows("member", self.user, typed)[:OF_OPERATOR]
        return [(row.email, f"{row.name} · {row.email} · {row.organization.name}") for row in rows]


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', "")) if re.search(r"\s", value) else value


def _matches(typed: str, label: str) -> bool:
    sought = words(typed)
    return bool(sought) and all(word.matches(terms(label)) for word in sought)


def _starting(typed: str, labels) -> list[tuple[str, str]]:
    return [
        (value, label)
        for value, label in labels
        if not typed or _matches(typed, f"{value} {label}")
    ]


class SuggestionsView(View):
    """Returns suggestions for what was typed, as JSON."""

    def get(self, request):
        if not request.user.has_perm(Verb.VIEW):
            raise PermissionDenied
        response = JsonResponse(
            {"results": Suggestions(request.user, request.GET.get("q", "")).rows}
        )
        response["Cache-Control"] = "private, no-store"
        return response
