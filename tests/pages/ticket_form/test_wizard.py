"""A form with several steps."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from tests import factories
from tests.factories import block
from wagtail_portal import actions
from wagtail_portal.models import FormDraft, Ticket

BROKEN, WHY, WHEN = (f"{n}4444444-4444-4444-8444-444444444444" for n in "123")
URL = "/support/report/"


@pytest.fixture
def form(home):
    common = {"help_text": "", "required": True, "width": "full", "placeholder": ""}
    yes = {"question": BROKEN, "operator": "equals", "value": "Yes"}
    return factories.form_page(
        home,
        [
            block("step", "What"),
            block("subject"),
            block("question_yes_no", {**common, "label": "Is it broken?"}, id=BROKEN),
            block("attachments"),
            block("step", "Details"),
            block("question_text", {**common, "label": "Why?", "show_if": yes}, id=WHY),
            block("description", required=False),
            block("step", "When"),
            block("question_date", {**common, "label": "Since?", "required": False}, id=WHEN),
        ],
    )


def first(broken="yes", **data):
    return {"subject": "The pump", f"q-{BROKEN}": broken, **data}


def test_answers_are_kept_between_steps(browser, form):
    page = browser.get(URL).content.decode()
    assert "Step 1 of 3" in page
    assert "What" in page
    assert "Why?" not in page
    response = browser.post(URL, first())
    assert response.url == f"{URL}?step=2"
    page = browser.get(response.url).content.decode()
    assert "Step 2 of 3" in page
    assert "Why?" in page
    response = browser.post(response.url, {f"q-{WHY}": "Rust", "description": "It *drips*"})
    assert response.url == f"{URL}?step=3"
    response = browser.post(response.url, {f"q-{WHEN}": "2026-11-01"})
    ticket = Ticket.objects.get()
    assert response.url == f"/support/tickets/{ticket.number}/"
    assert ticket.subject == "The pump"
    assert [row["display"] for row in ticket.answers] == ["Yes", "Rust", "Nov. 1, 2026"]
    assert ticket.messages.get().body == "It *drips*"
    assert not FormDraft.objects.exists()


def test_condition_across_steps_is_evaluated_on_the_server(browser, form):
    browser.post(URL, first("no"))
    page = browser.get(f"{URL}?step=2").content.decode()
    assert "Why?" not in page
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "smuggled"})
    browser.post(f"{URL}?step=3", {})
    assert [row["display"] for row in Ticket.objects.get().answers] == ["No"]


def test_step_with_an_error_is_shown_again_with_its_input(browser, form):
    response = browser.post(URL, first(subject=""))
    page = response.content.decode()
    assert response.status_code == 200
    assert "Enter a subject." in page
    assert "checked" in page
    assert page.count("Enter a subject.") == 2  # Once at the field and once in the summary.
    browser.post(URL, first())
    response = browser.post(f"{URL}?step=2", {f"q-{WHY}": "", "description": "kept"})
    assert "kept" in response.content.decode()


def test_steps_cannot_be_skipped(browser, form):
    assert browser.get(f"{URL}?step=3").url == URL
    assert browser.post(f"{URL}?step=3", {}).url == URL
    assert browser.get(f"{URL}?step=99").url == URL
    assert browser.get(f"{URL}?step=x").status_code == 200
    assert not Ticket.objects.exists()


def test_going_back_keeps_all_input(browser, form):
    browser.post(URL, first())
    response = browser.post(f"{URL}?step=2", {"description": "half done", "go": "back"})
    assert response.url == URL
    assert 'value="The pump"' in browser.get(URL).content.decode()
    browser.post(URL, first(subject="The other pump"))
    assert "half done" in browser.get(f"{URL}?step=2").content.decode()


def test_file_of_an_earlier_step_is_sent(browser, form):
    browser.post(URL, first(attachments=[factories.upload("log.txt")]))
    assert "log.txt" in browser.get(URL).content.decode()
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    browser.post(f"{URL}?step=3", {})
    assert Ticket.objects.get().messages.get().attachments.get().name == "log.txt"


def test_last_step_submitted_twice_opens_one_ticket(browser, form):
    key = str(uuid.uuid4())
    browser.post(URL, first(submission_key=key))
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    draft = FormDraft.objects.get()
    browser.post(f"{URL}?step=3", {})
    FormDraft.objects.create(member=draft.member, form=draft.form, data=draft.data)
    browser.post(f"{URL}?step=3", {})
    assert Ticket.objects.count() == 1


def test_another_text_in_the_last_step_is_not_lost(browser, form):
    """The browser's Back button can bring the last step again after it was sent."""
    browser.post(URL, first(submission_key=str(uuid.uuid4())))
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    html = browser.get(f"{URL}?step=3").content.decode()
    key = re.search(r'name="submission_key" value="([^"]+)"', html).group(1)
    last = {"submission_key": key, f"q-{WHEN}": "2026-11-01"}
    opened = browser.post(f"{URL}?step=3", last).url
    assert browser.post(f"{URL}?step=3", last).url == opened
    assert browser.post(f"{URL}?step=3", {**last, f"q-{WHEN}": "2026-11-02"}).url == URL
    assert Ticket.objects.count() == 1
    assert FormDraft.objects.get().data[f"q-{WHEN}"] == ["2026-11-02"]
    browser.post(URL, first())
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    html = browser.get(f"{URL}?step=3").content.decode()
    assert 'value="2026-11-02"' in html
    key = re.search(r'name="submission_key" value="([^"]+)"', html).group(1)
    again = browser.post(f"{URL}?step=3", {"submission_key": key, f"q-{WHEN}": "2026-11-02"})
    assert again.url != opened and Ticket.objects.count() == 2


def test_answers_survive_an_expired_session(form, dana, as_member):
    from tests.signin.test_code import ask_for_code, code_in, enter

    as_member(dana).post(URL, first())
    browser = Client()
    response = browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    assert response.url == f"/accounts/login/?next={URL}%3Fstep%3D2"
    ask_for_code(browser, dana.email, response.url)
    confirm = response.url.replace("login/", "login/code/confirm/")
    response = enter(browser, code_in(mail.outbox[-1]), confirm)
    assert response.url == f"{URL}?step=2"
    page = browser.get(response.url).content.decode()
    assert 'value="Rust"' in page
    assert 'value="The pump"' in browser.get(URL).content.decode()


def test_drafts_of_others_are_hidden(browser, form, as_member, acme):
    browser.post(URL, first())
    other = as_member(factories.member(acme))
    assert "The pump" not in other.get(URL).content.decode()
    assert other.get(f"{URL}?step=2").url == URL


def test_step_removed_meanwhile_causes_no_error(browser, form):
    browser.post(URL, first())
    form.questions = form._meta.get_field("questions").to_python([block("subject")])
    form.save()
    page = browser.get(f"{URL}?step=2")
    assert page.status_code == 200
    assert not re.search(r"Step \d of", page.content.decode())
    assert browser.post(f"{URL}?step=2", {"subject": "Short"}).status_code == 302
    assert Ticket.objects.get().subject == "Short"


def test_file_that_was_deleted_is_missed_in_its_step(browser, form):
    browser.post(URL, first(attachments=[factories.upload("log.txt")]))
    actions.discard_uploads(older_than=-timedelta(hours=1))
    step = browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"}).url
    assert browser.get(step).url == URL
    assert "“log.txt” is no longer available" in browser.get(URL).content.decode()
    # The last step doesn't open a ticket without the file either.
    assert browser.post(f"{URL}?step=3", {f"q-{WHEN}": "2026-11-01"}).url == URL
    assert "“log.txt” is no longer available" in browser.get(URL).content.decode()
    assert not Ticket.objects.exists()
    browser.post(URL, first(attachments=[factories.upload("new.txt")]))
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    browser.post(f"{URL}?step=3", {f"q-{WHEN}": "2026-11-01"})
    assert Ticket.objects.get().messages.get().attachments.get().name == "new.txt"
