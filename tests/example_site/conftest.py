"""The example site has settings of its own, so its tests run it as a program of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.demo_folder import FOREIGN, MANAGE


class ExampleSite:
    """``manage.py`` of the example site, with a folder of its own for all that it writes."""

    def __init__(self, folder: Path, **environment: str):
        inherited = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        self.environment = inherited | {"EXAMPLE_SITE_VAR": str(folder)} | environment

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command, whatever comes of it."""
        return self.python(str(MANAGE), *arguments, **environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run Python with the environment of the site."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=MANAGE.parents[1],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str) -> str:
        """What a command that must work says."""
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def ask(self, code: str):
        """Run ``code`` inside the site; returns what it calls ``answer``, by way of JSON."""
        marker = "answer:"
        code = f"{dedent(code)}\nimport json\nprint({marker!r} + json.dumps(answer))"
        said = self.manage("shell", "--verbosity", "0", "--command", code)
        return json.loads(said.rpartition(marker)[2])


@pytest.fixture(scope="session")
def demo(demo_folder, tmp_path_factory) -> ExampleSite:
    """The demo with a little data."""
    folder = tmp_path_factory.mktemp("demo") / "var"
    shutil.copytree(demo_folder, folder)
    return ExampleSite(folder)
