"""A site removes a portal that's in use."""

import json
import os
import subprocess
import sys

import pytest

#: A process that migrates everything, twice.
pytestmark = pytest.mark.long


def flow(what: str) -> dict:
    """Remove a portal in another process with a database of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.hosts.removal_site",
        "PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")]),
        "WITH_PORTAL": "1",
    }
    command = [sys.executable, "-m", "tests.hosts.removal_flows", what]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def assert_usable_again(found):
    # What every portal starts with, and data that was created again.
    assert found["roles"] >= 3 and found["statuses"] == 5
    assert found["permissions"] >= 14


def test_migrations_can_be_reversed_with_data():
    found = flow("migrations")
    assert found["tables"] == []
    assert_usable_again(found)


def test_command_leaves_nothing_behind():
    found = flow("command")
    # First it only lists.
    assert found["tickets after listing"] == 3
    listed = {line.split("  ")[-1].strip(): line.split()[0] for line in found["listed"]}
    assert listed["Tickets"] == "3" and listed["Pages of the portal"] == "2"
    assert listed["Groups"] == "2"
    assert "The page “Opening hours” moves out of the portal." in found["listed"]
    assert found["listed"][-1] == "Nothing was deleted. Run again with --delete."
    assert found["tables"] == []
    left = found["afterwards"]
    # Page views of the site and its admin, after which users were deleted.
    assert [row for row in left["statuses"] if row[1] != 200] == []
    assert len(left["statuses"]) == 11
    assert left["content types"] == left["permissions"] == 0
    assert left["groups"] == ["Editors", "Moderators"]
    pages = ["/", "/home/", "/home/hours-1/", "/home/hours-1/holidays/", "/home/hours/"]
    assert left["pages"] == pages
    assert left["problems of the tree"] == [0, 0, 0, 0, 0]
    assert left["log"] == left["others"] == [0, 0]
    assert found["cached"] == [""]
    assert_usable_again(found)
