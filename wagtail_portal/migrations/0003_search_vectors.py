"""What only PostgreSQL has: the words of a ticket as a vector with an index.

The database computes the vectors, so that whoever writes the words need not know of them, and
the models say the same everywhere.
"""

from django.db import migrations

VECTORS = {
    "shared_vector": "shared || names || fields",
    # The team sees all fields, so a search needn't name each of them.
    "team_vector": "shared || names || internal || regexp_replace(fields, '/[0-9]+=', '', 'g')",
}


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    table = _table(apps, schema_editor)
    for column, words in VECTORS.items():
        schema_editor.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} tsvector GENERATED ALWAYS AS "
            f"(array_to_tsvector(array_remove(string_to_array({words}, ' '), ''))) STORED"
        )
        schema_editor.execute(f"CREATE INDEX portal_words_{column} ON {table} USING gin ({column})")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    table = _table(apps, schema_editor)
    for column in VECTORS:
        # Its index goes with it.
        schema_editor.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _table(apps, schema_editor) -> str:
    name = apps.get_model("wagtail_portal", "TicketWords")._meta.db_table
    return schema_editor.quote_name(name)


class Migration(migrations.Migration):
    dependencies = [("wagtail_portal", "0002_built_in")]

    operations = [migrations.RunPython(add, remove)]
