"""A site whose pages are translated with wagtail-localize."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

needs_localize = pytest.mark.skipif(
    find_spec("wagtail_localize") is None, reason="wagtail-localize isn't installed"
)
LEFT, RIGHT = "22222222-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"


@pytest.fixture(scope="module")
def found() -> dict:
    """What happened in another process, because its models need tables and migrations of their
    own."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.hosts.localize_site"
    environment["PYTHONPATH"] = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "tests.hosts.localize_flows"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


@needs_localize
def test_pages_are_translated_in_the_wagtail_admin(found):
    assert [row for row in found["requests"] if row[1] not in (200, 302)] == []
    assert found["home"] == [True, True, True]
    # From German to English, too.
    assert found["callback"]
    assert found["saved reply"] == ["de"]
    assert found["settings"] == [200, "Hilfe"]


@needs_localize
def test_translators_see_texts_only(found):
    # No defaults, presets, file types, email addresses, fields or organizations.
    assert found["texts of the home"] == ["Support", "support", "Maintenance", "Manuals"]
    assert found["texts of the form"] == [
        *("Report a problem", "report", "Which valve", "Left", "Right", "Why", "Plan"),
        *("A heading", "Some <b>text</b>", "We will call you.", "Valve: {which-valve}"),
    ]


@needs_localize
def test_questions_and_choices_stay_the_same_ones(found):
    assert found["same ids"] and found["same presets"]
    # The subject, ticket fields, and answers to the form's own questions.
    fields = {"plan": "Pro", "severity": "high"}
    assert found["tickets"] == [
        ["Valve: Left", fields, LEFT, None],
        ["Ventil: Links", fields, LEFT, None],
        ["Ventil: de-Right", fields, RIGHT, "Rost"],
    ]


@needs_localize
def test_translation_follows_its_original(found):
    assert found["after the update"] == {
        # The new and the reworded question wait for their translation.
        "labels": ["", "", "", "Welches Ventil", "For what reason"],
        "same ids": True,
        "addresses": "others@company.example",
        "roles": ["admin"],
    }
