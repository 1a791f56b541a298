"""Expressions for queries that databases plan differently."""

from typing import Any

from django.db.models import BooleanField, Func, IntegerField, Subquery


class Independent(Subquery):
    """A subquery that refers to nothing outside of it, so that it can use the same names of tables.
    Django would rename them, which takes longer than everything else."""

    def resolve_expression(self, *args: Any, **kwargs: Any) -> "Independent":
        return self

    def relabeled_clone(self, change_map: Any) -> "Independent":
        return self


class CountOf(Independent):
    """The number of rows of a limited query, as a value of another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    output_field = IntegerField()
    # Of a query that Django knows to have no rows.
    empty_result_set_value = 0


class Rows(Independent):
    """A limited query, in a form that MariaDB and MySQL accept after ``IN``."""

    template = "(SELECT * FROM (%(subquery)s) _rows)"


class OneOf(Func):
    """Whether an expression is one of the few values of a subquery.

    As part of an OR, PostgreSQL can't use an index for ``IN`` or ``EXISTS``, and would check each
    row; for an array, it can. SQLite and MariaDB read the values once.
    """

    output_field = BooleanField()
    conditional = True
    template = "%(expressions)s"
    arg_joiner = " IN "

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(
            compiler,
            connection,
            template="%(expressions)s)",
            arg_joiner=" = ANY(ARRAY",
            **extra,
        )
