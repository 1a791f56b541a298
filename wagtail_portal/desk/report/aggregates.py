"""What the report needs of the database beyond Django's aggregates."""

import json
import math
import sys
from array import array
from collections import Counter
from functools import cached_property
from typing import Self

from django.db import connections
from django.db.models import Aggregate, DurationField, ExpressionWrapper, Func, TextField


class Durations(array):
    """Durations in minutes. A negative one counts as zero."""

    def __new__(cls, minutes=()) -> Self:
        return super().__new__(cls, "i", minutes)

    @cached_property
    def _counted(self) -> list[tuple[int, int]]:
        # Most of very many durations are the same number of minutes as others.
        return sorted(Counter(self).items())

    def percentile(self, share: float) -> int | None:
        """Return the smallest duration that a ``share`` of them don't exceed; None if empty."""
        left = max(math.ceil(share * len(self)), 1)
        for minutes, number in self._counted:
            left -= number
            if left <= 0:
                return max(minutes, 0)
        return None

    @property
    def median(self) -> int | None:
        """The median."""
        return self.percentile(0.5)

    @property
    def high(self) -> int | None:
        """The 90th percentile."""
        return self.percentile(0.9)


class _Minutes(Func):
    """A duration in minutes, rounded. PostgreSQL stores it as such, and others in microseconds."""

    output_field = TextField()
    template = "(%(expressions)s + 30000000) / 60000000"

    def as_postgresql(self, compiler, connection, **context):
        template = "CAST(FLOOR(date_part('epoch', %(expressions)s) / 60 + 0.5) AS integer)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler, connection, **context):
        template = "(%(expressions)s + 30000000) DIV 60000000"
        return self.as_sql(compiler, connection, template=template, **context)


class JoinedMinutes(Aggregate):
    """The :class:`Durations` in one value, which is a fraction of the size of a row each."""

    name = "JoinedMinutes"
    output_field = TextField()
    template = "GROUP_CONCAT(%(expressions)s)"

    def __init__(self, duration):
        super().__init__(_Minutes(ExpressionWrapper(duration, output_field=DurationField())))

    def as_postgresql(self, compiler, connection, **context):
        # Python reads four bytes each a hundred times faster than digits.
        template = "string_agg(int4send(%(expressions)s), '')"
        return self.as_sql(compiler, connection, template=template, **context)

    def convert_value(self, value, expression, connection):
        if connection.vendor != "postgresql":
            return Durations(json.loads(f"[{value or ''}]"))
        found = Durations(bytes(value or b""))
        if sys.byteorder == "little":
            found.byteswap()
        return found


def allow_long_texts(alias: str) -> None:
    """Let MariaDB and MySQL return all of :class:`JoinedMinutes`, which they cut off otherwise."""
    connection = connections[alias]
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION group_concat_max_len = 4294967295")
