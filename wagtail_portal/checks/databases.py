"""How a site's databases are set up."""

import re
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections, router
from wagtail.models import Site

from wagtail_portal.compat import page_model
from wagtail_portal.models import Ticket

#: The labels of the portal's apps.
OWN_APPS = ("wagtail_portal", "wagtail_portal_pages")


@register()
def check_time_zones(app_configs, **kwargs):
    """Check that times are stored with their time zone, because people have different ones."""
    if not settings.USE_TZ:
        yield Error(
            "The portal needs times with time zones.",
            hint="Set USE_TZ = True. On SQLite, MariaDB and MySQL, convert the times that the site "
            "has stored to UTC.",
            id="wagtail_portal.E032",
        )


@register()
def check_routers(app_configs, **kwargs):
    """Check that a transaction includes everything that it reads and writes."""
    own = [model for model in apps.get_models() if model._meta.app_label in OWN_APPS]
    models = [*own, get_user_model(), page_model(), Site]
    written = {router.db_for_write(model) for model in models}
    if written != {DEFAULT_DB_ALIAS}:
        yield Error(
            "The portal, users and Wagtail's pages must be in the default database.",
            hint="Let DATABASE_ROUTERS write all of them there.",
            id="wagtail_portal.E033",
        )
    elif {router.db_for_read(model) for model in models} != written:
        yield Warning(
            "Everything is read from a replica, which is behind: people don't see what they have "
            "just written, and can do what they were just forbidden.",
            hint="Let DATABASE_ROUTERS read only a few models from a replica, on pages that only "
            "show tickets: see docs/how-to/scale.md.",
            id="wagtail_portal.W034",
        )


@register()
def check_sqlite(app_configs, **kwargs):
    """Check that requests that write at the same time wait for each other on SQLite."""
    for alias in connections:
        connection = connections[alias]
        if connection.vendor != "sqlite" or not router.allow_migrate_model(alias, Ticket):
            continue
        options = connection.settings_dict["OPTIONS"]
        missing = [f"'{name}': {value!r}" for name, value in _missing_sqlite_options(options)]
        if missing and not cast(Any, connection).is_in_memory_db():
            yield Warning(
                f"Requests to the SQLite database '{alias}' fail with “database is locked” if "
                "others write at the same time.",
                hint=f"Add to DATABASES['{alias}']['OPTIONS']: {', '.join(missing)}.",
                id="wagtail_portal.W015",
            )


def _missing_sqlite_options(options: dict):
    """Yield the names and values of options that should be set."""
    # Without it, a transaction that reads before it writes fails instead of waiting.
    if str(options.get("transaction_mode", "")).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        yield "transaction_mode", "IMMEDIATE"
    if "timeout" not in options:
        yield "timeout", 20
    # Readers and a writer don't wait for each other.
    if not re.search(r"journal_mode\W*wal\b", options.get("init_command", ""), re.IGNORECASE):
        yield "init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"


@register(Tags.database)
def check_character_sets(app_configs, databases=None, **kwargs):
    """Check that MariaDB and MySQL store every character, such as emoji. Their ``utf8`` doesn't."""
    found = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        models = [model for model in apps.get_models() if model._meta.app_label in OWN_APPS]
        names = {
            model._meta.db_table
            for model in (*models, get_user_model())
            if router.allow_migrate_model(alias, model)
        }
        if tables := _narrow_tables(connection, names):
            found.append(
                Warning(
                    f"These tables can't store emoji and rare characters: {', '.join(tables)}.",
                    hint="Convert them: ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4. Change the "
                    "default, too: ALTER DATABASE … CHARACTER SET utf8mb4.",
                    id="wagtail_portal.W014",
                )
            )
    return found


def _narrow_tables(connection, names) -> list[str]:
    """Return the tables with a text column that isn't in ``utf8mb4``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = "
            "DATABASE() AND character_set_name IN ('utf8', 'utf8mb3', 'latin1', 'ascii', 'ucs2')"
        )
        return sorted({name for (name,) in cursor.fetchall()} & names)
