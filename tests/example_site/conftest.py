"""Run the example site as a separate program, because it has its own settings."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.demo_folder import FOREIGN, MANAGE
from tests.serving import TIMEOUT

from .answers import MARK


class ExampleSite:
    """The example site's ``manage.py`` with a separate folder for everything it writes."""

    def __init__(self, folder: Path, **environment: str):
        inherited = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        own = {
            "DJANGO_SETTINGS_MODULE": "example_site.settings.demo",
            "EXAMPLE_SITE_VAR": str(folder),
        }
        self.environment = inherited | own | environment
        self.answering = None

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command and return the completed process, whether or not it succeeded."""
        return self.python(str(MANAGE), *arguments, **environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run Python in the site's environment."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=MANAGE.parents[1],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str) -> str:
        """Run a management command and return its output; fail if the command fails."""
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def call(self, command: str) -> str:
        """Run the code of a ``call_command`` inside the site, without starting Django anew, and
        return the output."""
        return self.ask(f"""
            from contextlib import redirect_stdout
            from io import StringIO
            from django.core.management import call_command
            with redirect_stdout(StringIO()) as output:
                {command}
            answer = output.getvalue()
        """)

    def ask(self, code: str):
        """Run ``code`` inside the site and return the value it assigns to ``answer``, passed as
        JSON."""
        if self.answering is None:
            self.answering = subprocess.Popen(
                [sys.executable, "-m", "tests.example_site.answers"],
                cwd=MANAGE.parents[1],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.answering.stdin.write(json.dumps(dedent(code)) + "\n")
        self.answering.stdin.flush()
        said = next((line for line in self.answering.stdout if line.startswith(MARK)), None)
        assert said is not None, "the site has stopped"
        found = json.loads(said.removeprefix(MARK))
        assert "error" not in found, found["error"]
        return found["answer"]

    def stop(self) -> None:
        """End the process that answers."""
        if self.answering is not None:
            self.answering.stdin.close()
            self.answering.wait(TIMEOUT)
            self.answering.stdout.close()


@pytest.fixture(scope="session")
def demo(demo_folder, tmp_path_factory) -> Iterator[ExampleSite]:
    """The demo with a little data."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    shutil.copytree(demo_folder, folder)
    site = ExampleSite(folder)
    yield site
    site.stop()
