"""A form that an editor changes while a customer fills it in: nothing that was typed is lost."""

import uuid

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.review import reviewed, send_review
from wagtail_portal.models import FormDraft, Ticket
from wagtail_portal.pages.models import TicketFormPage

URL = "/support/report/"
WHY = "14444444-4444-4444-8444-444444444444"
CHANGED = "The form has changed in the meantime."


WHERE = "24444444-4444-4444-8444-444444444444"


def blocks(*names):
    special = {
        "why": block("question_text", label="Why?", required=False, width="full", id=WHY),
        "where": block("question_text", label="Where?", required=True, width="full", id=WHERE),
        "step": block("step", "More"),
    }
    return [special.get(name) or block(name) for name in names]


@pytest.fixture
def build(home):
    """Return ``build(*names)``, which publishes a form with these blocks, or changes it."""
    pages = []

    def build(*names):
        if not pages:
            pages.append(factories.form_page(home, blocks(*names)))
        else:
            [page] = pages
            page.questions = page._meta.get_field("questions").to_python(blocks(*names))
            page.save()

    return build


def send(browser, url=URL, **data):
    return browser.post(url, {"submission_key": uuid.uuid4(), **data})


def inputs(response):
    """Return the names and values of a page's form."""
    form = BeautifulSoup(response.content, "html.parser").select_one("form.portal-form")
    found = {
        row["name"]: row.get("value", "") for row in form.select("input[name]:not([type=file])")
    }
    return {**found, **{row["name"]: row.text.lstrip("\n") for row in form.select("textarea")}}


def test_answer_to_a_removed_question_is_given_back(browser, build):
    build("subject", "why", "description")
    build("subject", "description")
    typed = {"subject": "Pump", "description": "It drips", f"q-{WHY}": "Rust & dust"}
    for _ in range(2):
        response = send(browser, **{**typed, "subject": ""})
        assert response.status_code == 200
        page = response.content.decode()
        assert (CHANGED in page) == (f"q-{WHY}" in typed)
        assert "Rust &amp; dust" in BeautifulSoup(page, "html.parser").blockquote.decode()
        assert "It drips" in page
        typed = inputs(response)
    response = send(browser, **{**typed, "subject": "Pump"})
    assert response.status_code == 302


def test_answer_to_a_removed_question_of_a_form_that_is_closed(browser, build):
    build("subject", "why")
    build("subject")
    TicketFormPage.objects.get().unpublish()
    response = send(browser, subject="Pump", **{f"q-{WHY}": "Rust"})
    assert response.status_code == 410
    assert "Rust" in response.content.decode()


def test_step_break_is_added(browser, build):
    build("subject", "why", "description")
    build("subject", "step", "why", "description")
    send(browser, subject="Pump", description="It drips", **{f"q-{WHY}": "Rust"})
    assert {"description": "It drips", f"q-{WHY}": "Rust"}.items() <= inputs(
        browser.get(f"{URL}?step=2")
    ).items()


def test_last_step_is_removed(browser, build):
    build("subject", "step", "description", "step", "why")
    send(browser, subject="Pump")
    send(browser, f"{URL}?step=2", description="It drips")
    build("subject", "step", "description")
    response = send(browser, f"{URL}?step=3", **{f"q-{WHY}": "Rust"})
    assert response.url == f"{URL}?step=3"
    assert "Rust" in browser.get(response.url).content.decode()


def test_made_up_questions_do_not_fill_the_database(browser, build):
    build("subject", "step", "description")
    for number in range(4):
        send(browser, subject="Pump", **{f"q-{number}": "x" * 40_000})
    saved = FormDraft.objects.get().data
    assert saved["subject"] == ["Pump"]
    assert len(str(saved)) < 130_000


def test_answered_question_is_removed_after_the_review(browser, build):
    build("subject", "step", "description", "why")
    send(browser, subject="Pump")
    send(browser, f"{URL}?step=2", description="It drips", **{f"q-{WHY}": "Rust"})
    sent = reviewed(browser, f"{URL}?step=3")
    build("subject", "step", "description")
    assert browser.post(f"{URL}?step=3", sent).url == f"{URL}?step=3"
    page = browser.get(f"{URL}?step=3").content.decode()
    assert "Your answers have changed" in page
    assert "Rust" in BeautifulSoup(page, "html.parser").blockquote.text
    send_review(browser, f"{URL}?step=3")
    assert Ticket.objects.get().answers == []


def test_form_has_no_steps_any_more(browser, build):
    build("subject", "step", "description")
    send(browser, subject="Pump")
    build("subject", "description")
    response = send(browser, f"{URL}?step=2", description="It drips")
    assert CHANGED in response.content.decode()
    assert send(browser, **inputs(response)).status_code == 302
    assert Ticket.objects.get().subject == "Pump"


def test_required_question_is_added_to_an_earlier_step(browser, build):
    build("subject", "step", "description")
    send(browser, subject="Pump")
    build("subject", "where", "step", "description")
    response = send(browser, f"{URL}?step=2", description="It drips")
    assert response.url == URL
    assert "Enter an answer for “Where?”." in browser.get(URL).content.decode()
    send(browser, subject="Pump", **{f"q-{WHERE}": "Cellar"})
    assert "Enter an answer" not in browser.get(URL).content.decode()
    assert "It drips" in browser.get(f"{URL}?step=3").content.decode()
