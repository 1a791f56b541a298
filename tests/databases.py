"""Test databases: of this run alone, and migrated once for all its processes where that is easy."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection


def name_for_this_run() -> None:
    """Give the test databases of a server names that no other run uses.

    SQLite's are in the folder of the process.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
    for database in settings.DATABASES.values():
        if not database["ENGINE"].endswith("sqlite3"):
            test = database.setdefault("TEST", {})
            test["NAME"] = f"{test.get('NAME') or 'test_' + database['NAME']}_{run}"


class MigratedDatabase:
    """The SQLite database after all migrations: one process of a run makes it, the others copy it.

    :param base: the folder of the whole run.
    """

    def __init__(self, base: Path):
        self.file = base / "migrated.sqlite3"
        self._lock = (base / "migrated.lock").open("w")

    def fetch(self) -> bool:
        """Copy it to where this process looks for its test database; says whether it was there.

        Waits for a process that is making it. If nobody has, the others wait until :meth:`keep`.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if not self.file.exists():
            return False
        self._lock.close()
        test = connection.settings_dict["TEST"]
        shutil.copy(self.file, test["NAME"])
        test["MIGRATE"] = False
        return True

    def keep(self) -> None:
        """Leave what this process has migrated for the others."""
        unfinished = self.file.with_suffix(".unfinished")
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
        unfinished.rename(self.file)
        self._lock.close()
