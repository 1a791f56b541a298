"""Test databases: private to one run, and migrated only once per run on SQLite."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection


def name_for_this_run() -> None:
    """Give the test databases on a server names that no other run uses.

    SQLite databases are in the process's own folder.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
    for database in settings.DATABASES.values():
        if not database["ENGINE"].endswith("sqlite3"):
            test = database.setdefault("TEST", {})
            test["NAME"] = f"{test.get('NAME') or 'test_' + database['NAME']}_{run}"


class MigratedDatabase:
    """The fully migrated SQLite database: one process of a run creates it, the others copy it.

    :param base: the folder shared by the whole run.
    """

    def __init__(self, base: Path):
        self.file = base / "migrated.sqlite3"
        self._lock = (base / "migrated.lock").open("w")

    def fetch(self) -> bool:
        """Copy the database to where this process expects it, and return whether it existed.

        Waits for a process that's creating it. If there's none, others wait until :meth:`save`.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if not self.file.exists():
            return False
        self._lock.close()
        test = connection.settings_dict["TEST"]
        shutil.copy(self.file, test["NAME"])
        test["MIGRATE"] = False
        return True

    def save(self) -> None:
        """Share the database that this process has migrated."""
        unfinished = self.file.with_suffix(".unfinished")
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
        unfinished.rename(self.file)
        self._lock.close()
