"""Search in the vectors in which PostgreSQL stores the words of a ticket."""

from django.db import models
from django.db.models import Q

from wagtail_portal.models import TicketWords

from .base import KnownMatch
from .marks import spellings, whole_terms

#: How many of the newest tickets are checked to tell a common search from a rare one.
SAMPLE = 200
#: So many of them make it common: a page of 25 is then full after some 1,300 tickets.
COMMON = 4


def by_vector(tickets, query, notes) -> Q:
    """Return a condition that goes through the list's own index where the words are common, and
    through the words' where they're rare.

    PostgreSQL could choose by itself, but estimates poorly how common a beginning of a word is, and
    a wrong choice costs seconds. A look at the newest tickets tells, and is enough where there are
    no more of them.
    """
    order = ["-team_updated_at" if notes else "-updated_at", "-pk"]
    tsquery = _tsquery(query, notes)
    walk = _Walk("pk", tsquery)
    tried = list(tickets.order_by(*order).values_list(walk, flat=True)[:SAMPLE])
    condition = KnownMatch if any(tried) else Q
    if len(tried) < SAMPLE or sum(tried) >= COMMON:
        return condition(walk)
    return condition(_LookUp("pk", tsquery))


class _VectorMatch(models.Func):
    """Whether the ticket with a primary key matches a query."""

    arity = 1
    output_field = models.BooleanField()
    sql = ""

    def __init__(self, pk, tsquery: str):
        super().__init__(pk)
        self.tsquery = tsquery

    def as_sql(  # type: ignore[override]
        self, compiler, connection, **extra
    ):
        pk, params = compiler.compile(self.source_expressions[0])
        table = connection.ops.quote_name(TicketWords._meta.db_table)
        return self.sql.format(pk=pk, table=table), [*params, self.tsquery]


class _Walk(_VectorMatch):
    """Asks about one ticket after the other."""

    sql = "COALESCE((SELECT words FROM {table} WHERE ticket_id = {pk}) @@ %s::tsquery, false)"


class _LookUp(_VectorMatch):
    """Asks the index of words first for all tickets."""

    sql = "{pk} = ANY(ARRAY(SELECT ticket_id FROM {table} WHERE words @@ %s::tsquery))"


def _tsquery(query, notes) -> str:
    def part(word, term, prefix) -> str:
        found = spellings(term, query, word, notes=notes)
        return _any(_quoted(text, prefix) for text in found)

    def spelled(word, spelling) -> str:
        *rest, last = spelling
        parts = [*(part(word, term, False) for term in rest), part(word, last, word.prefix)]
        return f"({' & '.join(parts)})"

    return " & ".join(
        _any(
            [
                *(spelled(word, spelling) for spelling in word.spellings),
                *(_quoted(term, False) for term in whole_terms(query, word)),
            ]
        )
        for word in query.words
    )


def _any(parts) -> str:
    return f"({' | '.join(parts)})"


def _quoted(term: str, prefix: bool) -> str:
    """Return a term of a tsquery. Nothing that's typed is an operator."""
    quoted = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'{':*' if prefix else ''}"
