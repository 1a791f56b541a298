"""Portal pages translated with Wagtail's own page translation."""

import uuid

import pytest
from wagtail.models import Locale

from tests import factories
from wagtail_portal.models import Ticket

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de"}


@pytest.fixture
def form(settings, home):
    """A form and its German translation."""
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("de", "German")]
    settings.WAGTAIL_I18N_ENABLED = True
    blocks = [
        factories.block("subject"),
        factories.block("question_yes_no", id="down", label="Is everything down?"),
        factories.block(
            "question_text",
            id="since",
            label="Since when?",
            show_if=factories.show_if("down", "yes"),
        ),
    ]
    form = factories.form_page(home, blocks, slug="problem")
    german = Locale.objects.create(language_code="de")
    translated = form.copy_for_translation(german, copy_parents=True)
    for block, label in zip(
        translated.questions[1:], ["Geht gar nichts?", "Seit wann?"], strict=True
    ):
        block.value["label"] = label
    translated.title = "Problem melden"
    translated.save_revision().publish()
    return form


def test_readers_get_the_form_in_their_language(form, dana, as_member):
    browser = as_member(dana)
    for spoken, words in (({}, "Is everything down?"), (GERMAN, "Geht gar nichts?")):
        assert words in browser.get("/support/problem/", **spoken).content.decode()
        assert browser.get("/support/", **spoken).status_code == 200


def test_answers_in_both_languages_belong_to_the_same_questions(form, dana, as_member):
    browser = as_member(dana)
    translated = form.get_translations().get()
    assert [row.id for row in translated.specific.questions] == [row.id for row in form.questions]
    for spoken in ({}, GERMAN):
        data = {"subject": "It burns", "submission_key": str(uuid.uuid4())}
        data |= {"q-down": "yes", "q-since": "May"}
        response = browser.post("/support/problem/", data, **spoken)
        assert response.status_code == 302, response.context["form"].errors
    first, second = Ticket.objects.order_by("number")
    answers = [[row["id"] for row in ticket.answers] for ticket in (first, second)]
    assert answers[0] == answers[1] == ["down", "since"]
    assert "Seit wann?" in str(second.answers)


def test_ticket_opens_in_every_language_tree(form, dana, as_member):
    ticket = factories.ticket(dana)
    browser = as_member(dana)
    for spoken in ({}, GERMAN):
        assert browser.get(f"/support/tickets/{ticket.number}/", **spoken).status_code == 200
