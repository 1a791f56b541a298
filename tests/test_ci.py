"""The CI scripts notice failures and log the versions they ran with."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

ROOT = settings.TESTS_DIR.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture
def run_steps(tmp_path):
    """Return ``run_steps(commands)``, which runs them as .ci/run does, with separate logs."""

    def run(commands):
        return subprocess.run(
            ["bash", "-c", f". .ci/lib.sh\n{commands}\nsummary"],
            cwd=ROOT,
            env={**os.environ, "CI_LOGS": str(tmp_path / "logs")},
            capture_output=True,
            text=True,
        )

    return run


def test_step_that_ran_no_test_fails(run_steps, tmp_path):
    (tmp_path / "test_nothing.py").touch()
    pytest_there = f"{sys.executable} -m pytest -c /dev/null --rootdir {tmp_path} {tmp_path}"
    result = run_steps(f"step first true\nstep tests {pytest_there}\nstep last true")
    assert result.returncode == 1
    assert re.search(r"^ok +\d+ s  first$", result.stdout, re.MULTILINE)
    assert re.search(r"^FAILED +\d+ s  tests$", result.stdout, re.MULTILINE)
    assert "no tests ran" in result.stdout
    assert re.search(r"^ok +\d+ s  last$", result.stdout, re.MULTILINE)


def test_successful_steps_pass_and_log_the_versions(run_steps):
    result = run_steps(f"step versions {sys.executable} scripts/versions.py")
    assert result.returncode == 0
    assert re.search(r"^Python 3\.\S+, Django \S+, Wagtail \S+,.* · SQLite$", result.stdout, re.M)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_actions_are_pinned_to_commits(path):
    actions = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)
