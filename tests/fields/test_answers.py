"""What a ticket stores of an answer, and how it's displayed without its form."""

import pytest

from wagtail_portal.fields.base import Choice, FieldSpec
from wagtail_portal.fields.form import answer, answer_html
from wagtail_portal.fields.questions import Question

CHOICES = (Choice("a1", "Pump & valve"), Choice("b2", "Tank, upper"))


@pytest.mark.parametrize(
    ("type", "stored", "shown"),
    [
        ("choice", "a1", "Pump &amp; valve"),
        ("choices", ["a1", "b2"], "Pump &amp; valve, Tank, upper"),
        ("yes_no", False, "No"),
        ("number", 3, "3"),
        ("text", "<b>", "&lt;b&gt;"),
    ],
)
def test_answer_is_readable_without_its_form(type, stored, shown):
    choices = CHOICES if type.startswith("choice") else ()
    question = Question("1", "q-1", "answer", FieldSpec(type, "What?", choices=choices))
    kept = answer(question, stored)
    assert kept["value"] == stored
    assert answer_html(kept) == shown
