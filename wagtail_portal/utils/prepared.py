"""Queries whose SQL is built once, and not with each request.

Django takes longer to build a query with joins and subqueries than to run it and read its rows.
"""

import re
from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import cache, wraps
from threading import Lock
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import connections, router, transaction
from django.db.models import DateTimeField, Expression, QuerySet, UUIDField
from django.db.models.sql import Query, UpdateQuery

#: What differs from one run to the next. Everything else decides what the SQL looks like.
VALUES = (int, str, UUID, datetime)
#: Their age matters: one that a query contains is that of its first run.
TIMES = (date, time, timedelta)
#: How a time begins as SQLite, MariaDB and MySQL take it: as a string.
_WRITTEN_TIME = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")
#: How many variants of one query are kept.
MOST = 200
#: What every database takes. Of a greater number, Django knows that no row has it.
INTEGERS = range(-(2**63), 2**63)

#: What converts values that databases store in different ways.
_FIELDS: dict = {UUID: UUIDField(), datetime: DateTimeField()}


@cache
def _value_types() -> tuple[type, ...]:
    """Return the types of values: without UUIDs if users have a field of their own for them, as
    Django's release notes recommend for older tables on MariaDB. Only that field converts them."""
    field = get_user_model()._meta.pk
    usual = UUIDField.get_db_prep_value
    if isinstance(field, UUIDField) and type(field).get_db_prep_value is not usual:
        return tuple(kind for kind in VALUES if kind is not UUID)
    return VALUES


class Parameter(Expression):
    """A value of a query that differs from one run to the next."""

    def __init__(self, place: int):
        super().__init__()
        self.place = place

    def as_sql(self, compiler, connection):
        return "%s", [self]


class _Variant:
    """One query, with the SQL for each database that it was sent to.

    :param query: what makes the SQL, unless it's that of the queryset.
    """

    def __init__(self, queryset: QuerySet, query: Query | None = None):
        self.queryset = queryset
        self.query = query or queryset.query
        self.compiled: dict = {}
        self.lock = Lock()

    def compiler(self, using: str):
        """Return the compiler, the SQL and its parameters; None if they can't be kept."""
        if using not in self.compiled:
            # Compiling changes the query, which two threads can need at once.
            with self.lock:
                if using not in self.compiled:
                    self.compiled[using] = self._compile(using)
        return self.compiled[using]

    def _compile(self, using: str):
        compiler = self.query.get_compiler(using)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        # It belongs to this thread.
        compiler.connection = None
        return None if any(map(_is_time, params)) else (compiler, sql, tuple(params))


def _is_time(param: Any) -> bool:
    return isinstance(param, TIMES) or (
        isinstance(param, str) and _WRITTEN_TIME.match(param) is not None
    )


def prepared(build: Callable[..., QuerySet]) -> Callable[..., list]:
    """Let a function that builds a queryset return its rows, and keep the SQL.

    Integers, strings, UUIDs and datetimes among the arguments, also within tuples, are parameters
    of the SQL. For each combination of all others, which must be hashable, the SQL is built once.
    So the function may depend on its arguments alone: neither on the time nor on a setting. To
    limit the number of rows, pass a ``range``.
    """
    find = _variants(lambda *arguments: _Variant(build(*arguments)))

    @wraps(build)
    def rows(*arguments: Any) -> list:
        variant, values = find(arguments, {})
        using = variant.queryset.db
        kept = variant.compiler(using)
        if kept is None or not _are_accepted(values):
            return list(build(*arguments))
        return _run(variant.queryset, using, kept, values)

    return rows


def prepared_update(build: Callable[..., tuple[QuerySet, dict]]) -> Callable[..., int]:
    """Let a function that returns a queryset of one table, and what to change, make this change and
    return the number of rows, as ``update()`` does. The SQL is kept as with :func:`prepared`."""

    def make(*arguments: Any, **named: Any) -> _Variant:
        queryset, changes = build(*arguments, **named)
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        return _Variant(queryset, query)

    find = _variants(make)

    @wraps(build)
    def update(*arguments: Any, **named: Any) -> int:
        variant, values = find(arguments, named)
        using = router.db_for_write(variant.queryset.model)
        kept = variant.compiler(using)
        if kept is None or not _are_accepted(values):
            queryset, changes = build(*arguments, **named)
            return queryset.update(**changes)
        _compiler, sql, params = kept
        connection = connections[using]
        with transaction.mark_for_rollback_on_error(using), connection.cursor() as cursor:
            cursor.execute(sql, _bound(params, values, connection))
            return cursor.rowcount

    return update


def _variants(make: Callable[..., _Variant]) -> Callable:
    """Return a function that returns the variant for arguments, which ``make`` makes, and the
    values of its parameters."""
    known: dict = {}

    def find(arguments: tuple, named: dict) -> tuple[_Variant, list]:
        values: list = []
        key = (_shape(arguments, values), *named, _shape(tuple(named.values()), values))
        variant = known.get(key)
        if variant is None:
            if len(known) >= MOST:
                known.clear()
            places = iter(range(len(values)))
            arguments = _with_parameters(arguments, places)
            named = {name: _with_parameters(value, places) for name, value in named.items()}
            known[key] = variant = make(*arguments, **named)
        return variant, values

    return find


def _shape(argument: Any, values: list) -> Any:
    """Return what the SQL depends on, and add the values that it doesn't depend on."""
    if type(argument) in _value_types():
        values.append(argument)
        return type(argument)
    if isinstance(argument, tuple):
        return (type(argument), *(_shape(one, values) for one in argument))
    return argument


def _with_parameters(argument: Any, places) -> Any:
    if type(argument) in _value_types():
        return Parameter(next(places))
    if isinstance(argument, tuple):
        parts = [_with_parameters(one, places) for one in argument]
        return argument._make(parts) if hasattr(argument, "_make") else tuple(parts)
    return argument


def _are_accepted(values: list) -> bool:
    return all(value in INTEGERS for value in values if type(value) is int)


def _run(queryset: Any, using: str, kept: tuple, values: list) -> list:
    compiler, sql, params = kept
    connection = connections[using]

    bound = copy(compiler)
    bound.connection = connection
    bound.as_sql = lambda: (sql, _bound(params, values, connection))
    # A router that chooses one of several databases isn't asked again.
    found = queryset.using(using)
    found.query.get_compiler = lambda using: bound
    return list(found)


def _bound(params: tuple, values: list, connection: Any) -> tuple:
    """Return the parameters of the SQL as the database takes them."""

    def value_of(param: Any) -> Any:
        value = values[param.place] if isinstance(param, Parameter) else param
        field = _FIELDS.get(type(value))
        return field.get_db_prep_value(value, connection) if field else value

    return tuple(map(value_of, params))
