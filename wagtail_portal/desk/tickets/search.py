"""The search of the inbox: words, quoted phrases, and operators such as ``org:acme``."""

from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Q, Value, When
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext

from wagtail_portal.columns import get_column
from wagtail_portal.desk.autocomplete import agents_for, person_lookups
from wagtail_portal.fields import FormContext
from wagtail_portal.models import Message, State
from wagtail_portal.permissions import organizations_for_team
from wagtail_portal.search import Query, fold, terms, words
from wagtail_portal.search.operators import Part, split
from wagtail_portal.search.snippets import mark, snippets
from wagtail_portal.search.words import QUERY_MAX_LENGTH, REQUESTER
from wagtail_portal.utils.text import clean_line

#: Organizations and people that an operator or a word stands for.
NAMES = 400
#: Shorter words are a part of too many names; of these, the name must have the whole word.
NAME_MIN_LENGTH = 3

FROM, ORGANIZATION, STATUS, ASSIGNEE = "from", "org", "status", "assignee"
URGENCY = "urgency"
ME, NO_ONE, OPEN = "me", "none", "open"


class InboxSearch:
    """What an agent searches for.

    :param typed: the text of the search box.
    :param fields: the ticket fields in use, with their choices.
    :param statuses: all statuses.
    """

    def __init__(self, user, typed: str, *, fields, statuses):
        self.user, self.fields, self.statuses = user, fields, statuses
        self.typed = clean_line(typed)[:QUERY_MAX_LENGTH]

    @cached_property
    def operators(self) -> dict:
        """The function that returns the condition for a value, by operator."""
        return {
            ORGANIZATION: self._of_organizations,
            STATUS: self._with_statuses,
            ASSIGNEE: self._assigned_to,
            URGENCY: self._with_urgency,
        }

    @cached_property
    def field_keys(self) -> dict:
        """The ticket fields by key, which are operators, too."""
        return {field.key.lower(): field for field in self.fields}

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of what was typed. An operator without a value is still being typed."""
        known = {FROM, *self.operators, *self.field_keys}
        found = split(self.typed, known)
        return [part for part in found if part.value or not part.operator]

    @cached_property
    def condition(self) -> Q:
        """The condition of all operators that aren't searched for in the index."""
        found = [
            self.operators[part.operator](part.value)
            for part in self.parts
            if part.operator in self.operators
        ]
        return Q(*found)

    @cached_property
    def query(self) -> Query:
        """What's searched for in the index, in everything that the team can see."""
        plain = [part for part in self.parts if not part.operator]
        text = " ".join(part.value for part in plain if not part.is_quoted)
        phrases = tuple(part.value for part in plain if part.is_quoted)
        query = Query.parse(text, self.fields)
        found = [
            *self._with_organizations(query.words),
            *(word for phrase in phrases for word in _whole(words(phrase))),
            *(word for part in self.parts for word in self._within(part)),
        ]
        return replace(query, words=tuple(dict.fromkeys(found)), phrases=phrases)

    def _within(self, part: Part):
        """Yield the words of an operator, which are searched for in one place."""
        within = REQUESTER if part.operator == FROM else ""
        if part.operator in self.field_keys and part.operator not in self.operators:
            within = self.field_keys[part.operator].key
        if within:
            found = words(part.value)
            for word in _whole(found) if part.is_quoted else found:
                yield replace(word, within=within)

    def _with_organizations(self, found):
        """Return words with the organizations that have them in their names."""
        return [replace(word, organizations=_matching(word, self.organizations)) for word in found]

    @cached_property
    def organizations(self) -> dict:
        """The terms of the names of organizations that could be meant, by primary key, those with
        the most words first; it takes one query, however many words there are."""
        texts = [
            part.value
            for part in self.parts
            if part.operator == ORGANIZATION or not (part.operator or part.is_quoted)
        ]
        sought = sorted({term for text in texts for term in (*text.split(), *terms(text))})
        if not sought:
            return {}
        matches = [Q(name__icontains=term) | Q(external_id=term) for term in sought]
        number = sum((Case(When(match, then=1), default=0) for match in matches), Value(0))
        rows = organizations_for_team(self.user).filter(reduce(or_, matches))
        rows = rows.order_by(number.desc(), "name", "pk")
        found = rows.values_list("pk", "name", "external_id")[:NAMES]
        return {pk: terms(f"{name} {external_id or ''}") for pk, name, external_id in found}

    # The operators.

    def _of_organizations(self, value: str) -> Q:
        matching = (set(_matching(word, self.organizations)) for word in words(value))
        return Q(organization__in=set.intersection(*matching) if words(value) else [])

    def _with_statuses(self, value: str) -> Q:
        if fold(value) in {OPEN, fold(gettext("Open"))}:
            found = [row.pk for row in self.statuses if row.state != State.CLOSED]
        else:
            labels = {row.pk: (row.key, row.name, row.label) for row in self.statuses}
            found = chosen(value, labels)
        return Q(status__in=found)

    def _assigned_to(self, value: str) -> Q:
        if fold(value) == ME:
            return Q(assignee=self.user)
        if fold(value) == NO_ONE:
            return Q(assignee=None)
        found = agents_for(self.user)
        for word in value.split():
            match = Q()
            for lookup in person_lookups(""):
                match |= Q(**{lookup: word})
            found = found.filter(match)
        return Q(assignee__in=list(found.order_by().values_list("pk", flat=True)[:NAMES]))

    def _with_urgency(self, value: str) -> Q:
        column: Any = get_column(URGENCY)
        choices = column.filter_field(FormContext()).choices
        return Q(urgency__in=chosen(value, {key: (key, str(label)) for key, label in choices}))

    def show(self, tickets) -> None:
        """Give each ticket of a page its subject and the passage of a message as safe HTML, with
        the words highlighted; it takes one query."""
        query = replace(self.query, words=self.query.marked)
        if not query:
            return
        passages = snippets(tickets, query, Message.objects.all())
        for ticket in tickets:
            ticket.marked_subject = mark(ticket.subject, query)
            if found := passages.get(ticket.pk):
                name = found.message.author_name
                ticket.passage = format_html("<bdi>{}</bdi>: {}", name, found.html)


def _whole(found) -> list:
    return [replace(word, prefix=False) for word in found]


def _matching(word, names: dict) -> tuple[int, ...]:
    sought = replace(word, prefix=word.prefix or len(word.term) >= NAME_MIN_LENGTH)
    return tuple(pk for pk, found in names.items() if sought.matches(found))


def chosen(value: str, labels: dict) -> list:
    """Return the keys of ``labels`` that ``value`` stands for: those with exactly this label, or
    else those that contain its words.

    :param labels: several labels of each key.
    """
    exact = [key for key, texts in labels.items() if fold(value) in map(fold, texts)]
    if exact:
        return exact
    sought = words(value)
    return [
        key
        for key, texts in labels.items()
        if sought and all(word.matches(terms(" ".join(texts))) for word in sought)
    ]
