"""Search in the portal's own database: the default, which needs no setup."""

from collections import defaultdict

from django.db import connections, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Concat, Substr

from wagtail_portal.models import Attachment, Message, MessageKind, Ticket, TicketWords
from wagtail_portal.utils.users import known_name

from .base import TicketSearch
from .field_terms import choice_term, field_term, fields_by_key, terms_of_fields
from .similar import correct
from .vectors import by_vector
from .words import terms

#: Bytes of words that are stored of a ticket: of its replies, of its notes, and of its fields.
#: PostgreSQL takes 1,048,575 in all. Only log files pasted by the hundred get there.
MAX_BYTES = 480_000
FIELDS_MAX_BYTES = 40_000

#: Where similar words are looked for: in the newest tickets, and at the beginning of each.
SIMILAR_TICKETS = 500
SIMILAR_LENGTH = 10_000


class DatabaseSearch(TicketSearch):
    """One row of words for each ticket, in :class:`TicketWords`."""

    def condition(self, tickets, query, *, notes=False):
        if connections[tickets.db].vendor == "postgresql":
            return by_vector(tickets, query, notes)
        return _by_text(query, notes)

    def correct(self, tickets, query, *, notes=False):
        order = ["-team_updated_at" if notes else "-updated_at", "-pk"]
        columns = ["shared", "names", *(["internal"] if notes else [])]
        known = [Substr(f"words__{column}", 1, SIMILAR_LENGTH) for column in columns]
        newest = tickets.order_by(*order).values_list(*known)[:SIMILAR_TICKETS]
        return query.corrected(correct(query.words, (text or "" for row in newest for text in row)))

    def add(self, ticket, message, *, files=(), opening=False):
        found = terms(message.body) | _file_terms(files)
        if opening:
            _write([_row(ticket, _ticket_terms(ticket) | found, {}, fields_by_key(ticket.values))])
            return
        row = TicketWords.objects.filter(pk=ticket.pk).first()
        if row is None:
            self.put([ticket])
            return
        column, known = "shared", set(row.shared.split())
        if message.kind == MessageKind.NOTE:
            column, known = "internal", known.union(row.internal.split())
        new = [term for term in found if term not in known]
        text = _joined(new, getattr(row, column))
        # Most replies contain only words that the conversation has used before.
        if text != getattr(row, column):
            TicketWords.objects.filter(pk=ticket.pk).update(**{column: text})

    def update(self, ticket):
        fields = fields_by_key(ticket.values)
        TicketWords.objects.filter(pk=ticket.pk).update(
            names=_names(ticket.requester.user), fields=_fields_text(ticket, fields)
        )

    def rename(self, user):
        names = _names(user)
        requested = Ticket.objects.filter(requester__user=user).order_by()
        rows = TicketWords.objects.filter(ticket__in=requested).exclude(names=names)
        # In order, because other processes may be writing several of them, too.
        with transaction.atomic():
            keys = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
            TicketWords.objects.filter(pk__in=keys).update(names=names)

    def put(self, tickets):
        columns = ("number", "subject", "values", "answers", "requester__user")
        found = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets])
        rows = found.select_related("requester__user").defer(None).only(*columns).order_by()
        tickets = {ticket.pk: ticket for ticket in rows}
        shared = {pk: _ticket_terms(ticket) for pk, ticket in tickets.items()}
        internal = {pk: {} for pk in shared}
        of_kind = defaultdict(lambda: shared, {MessageKind.NOTE: internal})
        messages = Message.objects.filter(ticket__in=shared).order_by("id")
        for pk, kind, body in messages.values_list("ticket_id", "kind", "body").iterator():
            of_kind[kind][pk].update(terms(body))
        files = Attachment.objects.filter(message__ticket__in=shared).order_by()
        for pk, kind, name in files.values_list("message__ticket_id", "message__kind", "name"):
            of_kind[kind][pk].update(terms(name))
        fields = fields_by_key(key for ticket in tickets.values() for key in ticket.values)
        _write([_row(tickets[pk], shared[pk], internal[pk], fields) for pk in sorted(shared)])


def _ticket_terms(ticket) -> dict[str, None]:
    """Return the terms of what every reader of the ticket sees, besides the conversation."""
    answers = [answer.get("display") for answer in ticket.answers if answer.get("type") != "yes_no"]
    texts = [ticket.number, ticket.subject, *answers]
    return terms("\n".join(str(text) for text in texts if text))


def _file_terms(files) -> dict[str, None]:
    return terms("\n".join(file.name for file in files))


def _names(user) -> str:
    return _joined(terms(known_name(user)))


def _fields_text(ticket, fields) -> str:
    return _joined(terms_of_fields(ticket.values, fields), most=FIELDS_MAX_BYTES)


def _row(ticket, shared, internal, fields) -> TicketWords:
    only_internal = (term for term in internal if term not in shared)
    return TicketWords(
        pk=ticket.pk,
        shared=_joined(shared),
        internal=_joined(only_internal),
        names=_names(ticket.requester.user),
        fields=_fields_text(ticket, fields),
    )


def _joined(new, text: str = "", most: int | None = None) -> str:
    """Return ``text`` and the ``new`` terms, with a space on both sides of each, within what's
    stored."""
    room = (most or MAX_BYTES) - len(text.encode())
    kept = []
    for term in new:
        room -= len(term.encode()) + 1
        if room < 1:
            break
        kept.append(term)
    return f"{text or ' '}{' '.join(kept)} " if kept else text


def _write(rows) -> None:
    # One query, also where the row is there already.
    with_target = connections[TicketWords.objects.db].features.supports_update_conflicts_with_target
    TicketWords.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["shared", "internal", "names", "fields"],
        unique_fields=["ticket"] if with_target else None,
    )


def _by_text(query, notes) -> Q:
    """Look into each ticket, in the order of the list, within what the list is limited to."""
    columns = ["shared", "names", "fields", *(["internal"] if notes else [])]
    rows = TicketWords.objects.filter(ticket_id=OuterRef("pk"))
    rows = rows.annotate(words=Concat(*columns, output_field=models.TextField()))
    typed = [field for field in query.fields if not field.field_type.has_choices]
    for word in query.words:
        found = Q()
        for *rest, last in word.spellings:
            parts = [(part, False) for part in rest] + [(last, word.prefix)]
            every = Q()
            for term, prefix in parts:
                begins = [f" {term}", *(f" {field_term(field, term)}" for field in typed)]
                if notes:
                    begins[1:] = [f"={term}"]
                end = "" if prefix else " "
                every &= _any(begin + end for begin in begins)
            found |= every
        found |= _any(f" {choice_term(field, key)} " for field, key in query.choices(word))
        rows = rows.filter(found)
    return Q(Exists(rows))


def _any(texts) -> Q:
    found = Q()
    for text in texts:
        found |= Q(words__contains=text)
    return found
