"""The example site with a little data, loaded once for all processes of a test run."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

MANAGE = Path(__file__).resolve().parents[1] / "example_site" / "manage.py"
#: Both commands run in one process without garbage collection, which would take a third of the
#: migrations' time.
LOAD = """
import gc
import django
from django.core.management import call_command
gc.disable()
django.setup()
call_command("migrate", verbosity=0)
call_command("load_demo", small=True)
"""
#: Variables that may be set outside and mustn't reach the example site.
FOREIGN = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "EMAIL_HOST", "EMAIL_PORT", "REDIS_URL")


def load_demo(base: Path) -> Path:
    """Return the folder in ``base`` that holds the database and files. Copy it before use.

    The first caller fills it; the others wait.
    """
    folder, unfinished = base / "demo", base / "demo.unfinished"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            kept = {key: value for key, value in os.environ.items() if key not in FOREIGN}
            own = {
                "DJANGO_SETTINGS_MODULE": "example_site.settings.demo",
                "EXAMPLE_SITE_VAR": str(unfinished),
            }
            done = subprocess.run(
                [sys.executable, "-c", LOAD],
                env=kept | own,
                cwd=MANAGE.parents[1],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            unfinished.rename(folder)
    return folder
