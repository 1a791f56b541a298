"""What the report needs of the database beyond Django's aggregates."""

from django.db import connections
from django.db.models import Aggregate, DurationField, ExpressionWrapper, Func, TextField


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
    """The minutes of all durations as a text, with commas between them. None without any.

    It's a fraction of the size of a row each.
    """

    name = "JoinedMinutes"
    output_field = TextField()
    template = "GROUP_CONCAT(%(expressions)s)"

    def __init__(self, duration):
        super().__init__(_Minutes(ExpressionWrapper(duration, output_field=DurationField())))

    def as_postgresql(self, compiler, connection, **context):
        template = "string_agg(CAST(%(expressions)s AS text), ',')"
        return self.as_sql(compiler, connection, template=template, **context)


def allow_long_texts(alias: str) -> None:
    """Let MariaDB and MySQL return all of :class:`JoinedMinutes`, which they cut off otherwise."""
    connection = connections[alias]
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION group_concat_max_len = 4294967295")
