"""Search in the portal's own database: what a site has that sets up nothing."""

from django.db import connections, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Concat

from wagtail_portal.models import Message, MessageKind, TicketWords

from .base import TicketSearch
from .words import terms

#: Bytes of words that are kept of one ticket, of its replies and of its notes: PostgreSQL takes
#: 1,048,575 in all. Only log files pasted by the hundred get there.
MAX_BYTES = 480_000

#: How many of the newest tickets are tried to tell a common search from a rare one.
SAMPLE = 200
#: So many of them make it common: a page of 25 is then full after some 1,300 tickets.
COMMON = 4


class DatabaseSearch(TicketSearch):
    """One row of words a ticket, written with the message, in :class:`TicketWords`."""

    def condition(self, tickets, query, *, notes=False):
        if connections[tickets.db].vendor == "postgresql":
            return _by_vector(tickets, query, notes)
        return _by_text(query, notes)

    def add(self, ticket, message, *, opening=False):
        if opening:
            _write([_row(ticket.pk, _number_and_subject(ticket) | terms(message.body), {})])
            return
        row = TicketWords.objects.filter(pk=ticket.pk).first()
        if row is None:
            self.put([ticket])
            return
        column, known = "shared", set(row.shared.split())
        if message.kind == MessageKind.NOTE:
            column, known = "internal", known.union(row.internal.split())
        new = [term for term in terms(message.body) if term not in known]
        text = _joined(new, getattr(row, column))
        # Most replies say nothing in words that the conversation has not used yet.
        if text != getattr(row, column):
            TicketWords.objects.filter(pk=ticket.pk).update(**{column: text})

    def put(self, tickets):
        tickets = list(tickets)
        shared = {ticket.pk: _number_and_subject(ticket) for ticket in tickets}
        internal = {pk: {} for pk in shared}
        messages = Message.objects.filter(ticket__in=shared).order_by("created_at", "id")
        for pk, kind, body in messages.values_list("ticket_id", "kind", "body").iterator():
            (internal if kind == MessageKind.NOTE else shared)[pk].update(terms(body))
        _write([_row(pk, shared[pk], internal[pk]) for pk in shared])


def _number_and_subject(ticket) -> dict[str, None]:
    return terms(f"{ticket.number} {ticket.subject}")


def _row(pk, shared, internal) -> TicketWords:
    only_internal = (term for term in internal if term not in shared)
    return TicketWords(pk=pk, shared=_joined(shared), internal=_joined(only_internal))


def _joined(new, text: str = "") -> str:
    """``text`` and the ``new`` terms, with a space on both sides of each, within what is kept."""
    room = MAX_BYTES - len(text.encode())
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
        update_fields=["shared", "internal"],
        unique_fields=["ticket"] if with_target else None,
    )


def _by_text(query, notes) -> Q:
    """Look into each ticket, in the order of the list, within what the list is limited to."""
    column = "shared"
    rows = TicketWords.objects.filter(ticket_id=OuterRef("pk"))
    if notes:
        column = "words"
        rows = rows.annotate(words=Concat("shared", "internal", output_field=models.TextField()))
    for word in query.words:
        end = "" if word.prefix else " "
        rows = rows.filter(**{f"{column}__contains": f" {word.term}{end}"})
    return Q(Exists(rows))


def _by_vector(tickets, query, notes) -> Q:
    """Walk the list's own index where the words are common, and the words' where they are rare.

    PostgreSQL could choose by itself, but guesses how common a beginning of a word is, and a
    wrong guess costs seconds. A look at the newest tickets tells, and is enough where there are
    no more of them.
    """
    vector = "team_vector" if notes else "shared_vector"
    order = ["-team_updated_at" if notes else "-updated_at", "-pk"]
    walk = _Walk("pk", vector=vector, query=query)
    tried = list(tickets.order_by(*order).values_list(walk, flat=True)[:SAMPLE])
    if len(tried) < SAMPLE or sum(tried) >= COMMON:
        return Q(walk)
    return Q(_LookUp("pk", vector=vector, query=query))


class _VectorMatch(models.Func):
    """Whether the ticket with a primary key holds all words of a query, as the database says it."""

    arity = 1
    output_field = models.BooleanField()
    sql = ""

    def __init__(self, pk, *, vector, query):
        super().__init__(pk)
        self.vector, self.query = vector, query

    def as_sql(self, compiler, connection):
        pk, params = compiler.compile(self.source_expressions[0])
        sql = self.sql.format(
            pk=pk,
            table=connection.ops.quote_name(TicketWords._meta.db_table),
            vector=connection.ops.quote_name(self.vector),
        )
        return sql, [*params, _tsquery(self.query)]


class _Walk(_VectorMatch):
    """Asks about one ticket after the other."""

    sql = "COALESCE((SELECT {vector} FROM {table} WHERE ticket_id = {pk}) @@ %s::tsquery, false)"


class _LookUp(_VectorMatch):
    """Asks the index of words first for all tickets."""

    sql = "{pk} = ANY(ARRAY(SELECT ticket_id FROM {table} WHERE {vector} @@ %s::tsquery))"


def _tsquery(query) -> str:
    """The words, quoted: nothing that is typed is an operator."""
    parts = []
    for word in query.words:
        quoted = word.term.replace("\\", "\\\\").replace("'", "''")
        parts.append(f"'{quoted}'{':*' if word.prefix else ''}")
    return " & ".join(parts)
