"""Fill tables of PostgreSQL with COPY: rows of models, without the models."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, models

from benchmarks.measured_server import cpu_of


def escaped(value) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    text = str(value).replace("\\", r"\\").replace("\t", r"\t")
    return text.replace("\n", r"\n").replace("\r", r"\r")


class Rows:
    """Rows of a model, collected as text for COPY. What isn't given is the same in all rows."""

    def __init__(self, model, *varying: str, **constant):
        """
        :param varying: the attributes that :meth:`add` takes; escaped by the caller.
        :param constant: other attributes, instead of the model's defaults.
        """
        self.model, self.table = model, model._meta.db_table
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        sample = model(**constant)
        self.columns = [field.column for field in fields]
        self.line = (
            "\t".join(
                f"%({field.attname})s"
                if field.attname in varying
                else escaped(getattr(sample, field.attname)).replace("%", "%%")
                for field in fields
            )
            + "\n"
        )
        self.lines: list[str] = []
        newest = model.objects.aggregate(newest=models.Max("pk"))["newest"]
        #: The primary key of the newest row.
        self.newest = newest or 0

    def next_pk(self) -> int:
        """Return the primary key of the next row."""
        self.newest += 1
        return self.newest

    def add(self, **values) -> None:
        """Add a row."""
        self.lines.append(self.line % values)

    def take(self) -> str:
        """Return the collected rows, and begin anew."""
        text = "".join(self.lines)
        self.lines.clear()
        return text

    def write(self, text: str) -> None:
        """Send collected rows to the database."""
        quoted = connection.ops.quote_name
        columns = ", ".join(map(quoted, self.columns))
        statement = f"COPY {quoted(self.table)} ({columns}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(text)


class Writer:
    """Sends rows to the database in a thread, while the next ones are made."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(1, initializer=self._prepare)
        self.running: Future | None = None

    @staticmethod
    def _prepare() -> None:
        with connection.cursor() as cursor:
            # Foreign keys aren't checked.
            cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")

    def write(self, tables: list[Rows]) -> None:
        """Send what the tables have collected, when what was sent before is there."""
        self.wait()
        texts = [rows.take() for rows in tables]
        self.running = self.pool.submit(self._write, tables, texts)

    @staticmethod
    def _write(tables: list[Rows], texts: list[str]) -> None:
        for rows, text in zip(tables, texts, strict=True):
            rows.write(text)

    def wait(self) -> None:
        """Wait until everything is there."""
        if self.running:
            self.running.result()

    def close(self) -> None:
        """Wait, and close the connection."""
        self.wait()
        self.pool.submit(_close).result()
        self.pool.shutdown()


#: Seconds of CPU of PostgreSQL's processes, as far as they were counted.
spent: list[float] = []


def _close() -> None:
    spent.append(cpu_of(connection.connection.info.backend_pid))
    connection.close()


def _run(statement: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute(statement)
    finally:
        _close()


@contextmanager
def without_indexes(tables: list[str]) -> Iterator[None]:
    """Drop the indexes and unique constraints of tables, and build them again afterwards: in one
    go, which is many times as fast. Primary keys stay.
    """
    again = []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT indexrelid::regclass::text, indrelid::regclass::text,
                pg_get_indexdef(indexrelid), quote_ident(conname), pg_get_constraintdef(c.oid)
            FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid AND contype = 'u'
            WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
            ORDER BY indexrelid
            """,
            [tables],
        )
        for index, table, definition, constraint, of_constraint in cursor.fetchall():
            if constraint:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
                again.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {of_constraint}")
            else:
                cursor.execute(f"DROP INDEX {index}")
                again.append(definition)
    yield
    # The slowest first: the index of words. Constraints lock their tables, so they come last.
    again.sort(key=lambda statement: (statement.startswith("ALTER"), " gin " not in statement))
    indexes = [statement for statement in again if not statement.startswith("ALTER")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_run, indexes))
    for statement in again[len(indexes) :]:
        _run(statement)


def reset_sequences(tables: list[Rows]) -> None:
    """Let the database go on counting after the rows that were copied."""
    with connection.cursor() as cursor:
        for rows in tables:
            column = rows.model._meta.pk.column
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)"
                " WHERE pg_get_serial_sequence(%s, %s) IS NOT NULL",
                [rows.table, column, max(rows.newest, 1), rows.table, column],
            )
