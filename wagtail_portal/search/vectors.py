"""Search in the vectors in which PostgreSQL stores the words of a ticket."""

from django.db import connections, models
from django.db.models import Exists, Q

from wagtail_portal.models import OrganizationMerge, Ticket, TicketWords

from .marks import organization_term, spellings, whole_terms

#: How many of the newest tickets are checked to tell a common search from a rare one, and how many
#: of all times.
SAMPLE = 200
#: So many of them make it common: a page of 25 is then full after some 1,300 tickets.
COMMON = 4


def by_vector(tickets, query, notes) -> Q:
    """Return a condition that goes through the list's own index where the words are common, and
    through the words' where they're rare.

    PostgreSQL could choose by itself, but estimates poorly how common a beginning of a word is, and
    a wrong choice costs seconds. A look at the newest tickets tells, and is enough where there are
    no more of them. What's common in the newest ones alone, such as the name of an outage, is rare.
    """
    column = "team_updated_at" if notes else "updated_at"
    tsquery = _tsquery(query, notes)
    walk = _Walk("pk", tsquery)
    # Tickets of an organization that's merged into another one are indexed afterwards.
    merging = Exists(OrganizationMerge.objects.filter(finished_at=None))
    newest = tickets.order_by(f"-{column}", "-pk").values_list(walk, merging)[:SAMPLE]
    tried = list(newest)
    hits = sum(hit for hit, _is_merging in tried)
    organization = query.organization
    if len(tried) < SAMPLE or (
        hits >= COMMON and _at_all_times(tickets.db, column, organization, tsquery) >= COMMON
    ):
        return Q(walk)
    if organization is not None and not any(is_merging for _hit, is_merging in tried[:1]):
        tsquery = f"{_quoted(organization_term(organization), False)} & {tsquery}"
    return Q(_LookUp("pk", tsquery))


def _at_all_times(using: str, column: str, organization: int | None, tsquery: str) -> int:
    """Return how many of :data:`SAMPLE` tickets match, which are spread evenly over the time since
    the first one; of an organization, or of all."""
    connection = connections[using]
    tickets, words = (
        connection.ops.quote_name(row._meta.db_table) for row in (Ticket, TicketWords)
    )
    where = "TRUE" if organization is None else "organization_id = %(organization)s"
    sql = f"""SELECT count(*)
        FROM generate_series(1, %(sample)s) AS place, (
            SELECT min({column}) AS first, max({column}) AS last FROM {tickets} WHERE {where}
        ) AS ends, LATERAL (
            SELECT id FROM {tickets}
            WHERE {where} AND {column} <= last - (last - first) * place / %(sample)s
            ORDER BY {column} DESC, id DESC LIMIT 1
        ) AS near
        WHERE (SELECT words FROM {words} WHERE ticket_id = near.id) @@ %(tsquery)s::tsquery
    """  # noqa: S608 - names of this module
    values = {"organization": organization, "sample": SAMPLE, "tsquery": tsquery}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


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
