"""Search in the portal's own database: the default, which needs no setup."""

from collections import defaultdict
from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connections, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast, Substr

from wagtail_portal.models import Attachment, Message, MessageKind, Ticket, TicketWords
from wagtail_portal.utils.users import known_name

from .base import TicketSearch
from .field_terms import fields_by_key, terms_of_fields
from .marks import (
    ADDRESS,
    FIELD,
    MARKS,
    NAME,
    NOTE,
    ORGANIZATION,
    organization_term,
    spellings,
    whole_terms,
)
from .phrases import with_phrases
from .similar import correct, correctable
from .vectors import by_vector
from .words import terms

#: Bytes of words that are stored of a ticket: of its replies, of its notes, and of its fields.
#: PostgreSQL takes 1,048,575 in all. Only log files pasted by the hundred get there.
MAX_BYTES = 480_000
FIELDS_MAX_BYTES = 80_000

#: Where similar words are looked for: in the newest tickets, and at the beginning of each.
SIMILAR_TICKETS = 500
SIMILAR_LENGTH = 10_000

#: Rows that are read and written at once.
BATCH = 500


class DatabaseSearch(TicketSearch):
    """One row of words for each ticket, in :class:`TicketWords`."""

    def condition(self, tickets, query, *, notes=False):
        by_words = by_vector if connections[tickets.db].vendor == "postgresql" else _by_text
        return with_phrases(by_words(tickets, query, notes), query, notes)

    def correct(self, tickets, query, *, notes=False):
        if not correctable(query.words):
            return None
        order = ["-team_updated_at" if notes else "-updated_at", "-pk"]
        # On PostgreSQL, the text of a vector.
        known = Substr(Cast("words__words", models.TextField()), 1, SIMILAR_LENGTH)
        newest = tickets.order_by(*order).values_list(known, flat=True)[:SIMILAR_TICKETS]
        marks = (NAME, NOTE) if notes else (NAME,)
        texts = (" ".join(_unmarked(text or "", marks)) for text in newest)
        return query.corrected(correct(query.words, texts))

    def add(self, ticket, message, *, files=(), opening=False):
        found = terms(message.body) | _file_terms(files)
        if opening:
            shared = _ticket_terms(ticket.number, ticket.subject, ticket.answers) | found
            _write([_row(ticket.pk, shared, {}, *_changing_terms(ticket))])
            return
        row = TicketWords.objects.filter(pk=ticket.pk).first()
        if row is None:
            self.put([ticket])
            return
        known = dict.fromkeys(row.words.split())
        new = [term for term in found if term not in known]
        is_note = message.kind == MessageKind.NOTE
        if is_note:
            new = [NOTE + term for term in new if NOTE + term not in known]
        same = (term for term in known if (term[0] == NOTE if is_note else term[0] not in MARKS))
        new = _fitting(new, MAX_BYTES - _size(same))
        # Most replies contain only words that the conversation has used before.
        if new:
            TicketWords.objects.filter(pk=ticket.pk).update(words=_joined([*known, *new]))

    def update(self, ticket):
        row = TicketWords.objects.filter(pk=ticket.pk).first()
        if row is None:
            return
        people, fields = _changing_terms(ticket)
        words = _replaced(row.words, NAME + ADDRESS + ORGANIZATION + FIELD, [*people, *fields])
        if words is not None:
            TicketWords.objects.filter(pk=ticket.pk).update(words=words)

    def rename(self, user):
        names = _names(user)
        requested = Ticket.objects.filter(requester__user=user).order_by()
        rows = TicketWords.objects.filter(ticket__in=requested)
        # In order, because other processes may be writing several of them, too.
        with transaction.atomic():
            last = 0
            while batch := list(
                rows.filter(pk__gt=last).order_by("pk").select_for_update()[:BATCH]
            ):
                last = batch[-1].pk
                changed = {row.pk: _replaced(row.words, NAME + ADDRESS, names) for row in batch}
                _write(TicketWords(pk=pk, words=words) for pk, words in changed.items() if words)

    def put(self, tickets):
        if not isinstance(tickets, models.QuerySet):
            tickets = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets])
        # Columns instead of models: there can be very many.
        users = get_user_model()
        own = [field.attname for field in users._meta.concrete_fields]
        columns = ("pk", "number", "subject", "answers", "values", "organization")
        found = tickets.values_list(*columns, *(f"requester__user__{name}" for name in own))
        shared, people, values = {}, {}, {}
        for pk, number, subject, answers, stored, organization, *user in found.order_by():
            shared[pk], values[pk] = _ticket_terms(number, subject, answers), stored
            people[pk] = people_terms(organization, users.from_db(found.db, own, user))
        internal: dict[int, dict[str, None]] = {pk: {} for pk in shared}
        of_kind = defaultdict(lambda: shared, {str(MessageKind.NOTE): internal})
        messages = Message.objects.filter(ticket__in=shared).order_by("id")
        for pk, kind, body in messages.values_list("ticket_id", "kind", "body").iterator():
            terms(body, of_kind[kind][pk])
        files = Attachment.objects.filter(message__ticket__in=shared).order_by()
        for pk, kind, name in files.values_list("message__ticket_id", "message__kind", "name"):
            terms(name, of_kind[kind][pk])
        fields = fields_by_key(key for stored in values.values() for key in stored)
        _write(
            _row(pk, shared[pk], internal[pk], people[pk], _field_terms(values[pk], fields))
            for pk in sorted(shared)
        )


def _ticket_terms(number: int, subject: str, answers: list) -> dict[str, None]:
    """Return the terms of what every reader of the ticket sees, besides the conversation."""
    shown = [answer.get("display") for answer in answers if answer.get("type") != "yes_no"]
    return terms("\n".join(str(text) for text in (number, subject, *shown) if text))


def _file_terms(files) -> dict[str, None]:
    return terms("\n".join(file.name for file in files))


def _names(user) -> list[str]:
    name, address = terms(known_name(user)), terms(getattr(user, user.get_email_field_name()))
    return [*(NAME + term for term in name), *(ADDRESS + term for term in address)]


def people_terms(organization_pk: int, user) -> list[str]:
    """Return the terms of the organization and the requester of a ticket."""
    return [organization_term(organization_pk), *_names(user)]


def _field_terms(values, fields) -> list[str]:
    return _fitting(terms_of_fields(values, fields), FIELDS_MAX_BYTES)


def _changing_terms(ticket) -> tuple[list[str], list[str]]:
    people = people_terms(ticket.organization_id, ticket.requester.user)
    return people, _field_terms(ticket.values, fields_by_key(ticket.values))


def _row(pk, shared, internal, people, of_fields) -> TicketWords:
    notes = (NOTE + term for term in internal if term not in shared)
    words = [*_fitting(shared, MAX_BYTES), *_fitting(notes, MAX_BYTES), *people, *of_fields]
    return TicketWords(ticket_id=pk, words=_joined(words))


def _size(found) -> int:
    """Return the bytes that terms take."""
    return sum(len(term.encode()) + 1 for term in found)


def _fitting(found, room: int) -> list[str]:
    """Return those of the terms that fit into ``room`` bytes."""
    found = list(found)
    # A character takes at most four bytes.
    if sum(map(len, found)) * 4 + len(found) < room:
        return found
    kept = []
    for term in found:
        room -= len(term.encode()) + 1
        if room < 1:
            break
        kept.append(term)
    return kept


def _joined(found) -> str:
    return f" {' '.join(found)} "


def _replaced(words: str, marks: str, new) -> str | None:
    """Return ``words`` with ``new`` ones instead of those with ``marks``; None if that's the
    same."""
    known = words.split()
    kept = [term for term in known if term[0] not in marks]
    return None if {*kept, *new} == {*known} else _joined([*kept, *new])


def _unmarked(text: str, marks) -> Iterator[str]:
    """Yield the words of an index entry that are unmarked or have one of ``marks``."""
    for term in text.replace("'", "").split():
        if term[0] not in MARKS:
            yield term
        elif term[0] in marks:
            yield term[1:]


def _write(rows) -> None:
    # One query, also where the row is there already.
    with_target = connections[TicketWords.objects.db].features.supports_update_conflicts_with_target
    TicketWords.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["words"],
        unique_fields=["ticket"] if with_target else None,
    )


def _by_text(tickets, query, notes) -> Q:
    """Look into each ticket, in the order of the list, within what the list is limited to."""
    rows = TicketWords.objects.filter(ticket_id=OuterRef("pk"))
    for word in query.words:
        found = Q()
        for *rest, last in word.spellings:
            every = Q()
            for term, end in [*((part, " ") for part in rest), (last, "" if word.prefix else " ")]:
                terms_of_reader = spellings(term, query, word, notes=notes)
                every &= _any(f" {spelling}{end}" for spelling in terms_of_reader)
            found |= every
        found |= _any(f" {term} " for term in whole_terms(query, word))
        rows = rows.filter(found)
    return Q(Exists(rows))


def _any(texts) -> Q:
    found = Q()
    for text in texts:
        found |= Q(words__contains=text)
    return found
