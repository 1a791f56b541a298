"""What runs the checks notices what went wrong, and says which versions it ran with."""

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
    """``run_steps(commands)``: run them as .ci/run does, with logs of their own."""

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


def test_steps_that_go_well_pass_and_name_the_versions(run_steps):
    result = run_steps(f"step versions {sys.executable} scripts/versions.py")
    assert result.returncode == 0
    assert re.search(r"^Python 3\.\S+, Django \S+, Wagtail \S+,.* · SQLite$", result.stdout, re.M)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_runs_only_actions_of_an_exact_commit(path):
    actions = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)
