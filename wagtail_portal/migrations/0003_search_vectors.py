"""What only PostgreSQL has: an index of the words of tickets, which it stores as vectors, and one of
users' email addresses in upper case, in which Django looks for them.
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import migrations

INDEX = "portal_words"
USER_INDEX = "portal_user_email"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        table = apps.get_model("wagtail_portal", "TicketWords")._meta.db_table
        table = schema_editor.quote_name(table)
        schema_editor.execute(f"CREATE INDEX {INDEX} ON {table} USING gin (words)")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {INDEX}")


def add_for_users(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    User = get_user_model()
    table, column = User._meta.db_table, User._meta.get_field(User.get_email_field_name()).column
    with schema_editor.connection.cursor() as cursor:
        introspection = schema_editor.connection.introspection
        found = introspection.get_table_description(cursor, table)
    # The site's own migrations may add it later.
    if column in {row.name for row in found}:
        table, column = schema_editor.quote_name(table), schema_editor.quote_name(column)
        name = schema_editor.quote_name(USER_INDEX)
        schema_editor.execute(f"CREATE INDEX {name} ON {table} (UPPER({column}::text))")


def remove_for_users(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {USER_INDEX}")


class Migration(migrations.Migration):
    dependencies = [
        ("wagtail_portal", "0002_built_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(add, remove),
        migrations.RunPython(add_for_users, remove_for_users),
    ]
