"""A form with several steps."""

import re
import uuid
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.test import Client

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.review import reviewed, send_review
from wagtail_portal import actions
from wagtail_portal.models import FormDraft, Ticket

BROKEN, WHY, WHEN = (f"{n}4444444-4444-4444-8444-444444444444" for n in "123")
URL = "/support/report/"
REVIEW = f"{URL}?step=4"


@pytest.fixture
def form(home):
    common = {"help_text": "", "required": True, "width": "full", "placeholder": ""}
    yes = factories.show_if(BROKEN, "yes")
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
    assert "Step 1 of 4" in page
    assert "What" in page
    assert "Why?" not in page
    response = browser.post(URL, first())
    assert response.url == f"{URL}?step=2"
    page = browser.get(response.url).content.decode()
    assert "Step 2 of 4" in page
    assert "Why?" in page
    response = browser.post(response.url, {f"q-{WHY}": "Rust", "description": "It *drips*"})
    assert response.url == f"{URL}?step=3"
    response = browser.post(response.url, {f"q-{WHEN}": "2026-11-01"})
    assert response.url == REVIEW
    response = send_review(browser, REVIEW)
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
    assert "Why?" not in browser.get(REVIEW).content.decode()
    send_review(browser, REVIEW)
    assert [row["display"] for row in Ticket.objects.get().answers] == ["No"]


def test_step_with_an_error_is_shown_again_with_its_input(browser, form):
    response = browser.post(URL, first(subject=""))
    assert response.status_code == 302
    page = browser.get(response.url).content.decode()
    assert "Enter a subject." in page
    assert "checked" in page
    assert page.count("Enter a subject.") == 2  # Once at the field and once in the summary.
    browser.post(URL, first())
    response = browser.post(f"{URL}?step=2", {f"q-{WHY}": "", "description": "kept"})
    page = browser.get(response.url).content.decode()
    assert "kept" in page
    assert "Enter an answer for “Why?”." in page
    assert browser.post(response.url, {f"q-{WHY}": "Rust"}).url == f"{URL}?step=3"
    assert "Enter an answer" not in browser.get(f"{URL}?step=2").content.decode()


def test_steps_cannot_be_skipped(browser, form):
    for step in (f"{URL}?step=3", REVIEW):
        assert browser.get(step).url == URL
        assert browser.post(step, {}).url == URL
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
    assert "log.txt" in browser.get(REVIEW).content.decode()
    send_review(browser, REVIEW)
    assert Ticket.objects.get().messages.get().attachments.get().name == "log.txt"


def test_steps_are_listed_and_the_current_one_is_the_heading(browser, form):
    browser.post(URL, first())
    page = BeautifulSoup(browser.get(f"{URL}?step=2").content, "html.parser")
    assert page.h1.get_text(strip=True) == "Details"
    steps = page.select(".portal-steps li")
    titles = [step.get_text(strip=True) for step in steps]
    assert titles == ["What", "Details", "When", "Review and send"]
    assert [step.get("aria-current") for step in steps] == [None, "step", None, None]
    assert [link["href"] for link in page.select(".portal-steps a")] == [URL]


def test_all_answers_are_reviewed_and_can_be_changed(browser, form):
    browser.post(URL, first())
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "<Rust>", "description": "It *drips*"})
    browser.post(f"{URL}?step=3", {})
    page = BeautifulSoup(browser.get(REVIEW).content, "html.parser")
    assert page.h1.get_text(strip=True) == "Review and send"
    rows = {row.dt.get_text(strip=True): (row.dd, row.a["href"]) for row in page.select("dl > div")}
    assert {label: dd.get_text().strip() for label, (dd, _url) in rows.items()} == {
        "Subject": "The pump",
        "Is it broken?": "Yes",
        "Attachments": "Not answered",
        "Why?": "<Rust>",
        "Description": "It drips",
        "Since?": "Not answered",
    }
    assert rows["Description"][0].em
    assert rows["Why?"][1] == f"{URL}?step=2#id_q-{WHY}"
    assert not Ticket.objects.exists()
    assert browser.post(REVIEW, {"go": "back"}).url == f"{URL}?step=3"


def test_answers_changed_after_the_review_are_reviewed_again(browser, form):
    browser.post(URL, first())
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    browser.post(f"{URL}?step=3", {})
    data = reviewed(browser, REVIEW)
    browser.post(URL, first(subject="Another pump"))
    assert browser.post(REVIEW, data).url == REVIEW
    assert not Ticket.objects.exists()
    assert "Your answers have changed" in browser.get(REVIEW).content.decode()
    send_review(browser, REVIEW)
    assert Ticket.objects.get().subject == "Another pump"


def test_review_submitted_twice_opens_one_ticket(browser, form):
    browser.post(URL, first(submission_key=str(uuid.uuid4())))
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    browser.post(f"{URL}?step=3", {})
    draft, data = FormDraft.objects.get(), reviewed(browser, REVIEW)
    opened = browser.post(REVIEW, data).url
    assert browser.post(REVIEW, data).url == opened
    FormDraft.objects.create(member=draft.member, form=draft.form, data=draft.data)
    assert browser.post(REVIEW, data).url == opened
    assert Ticket.objects.count() == 1


def test_another_text_in_an_earlier_step_is_not_lost(browser, form):
    """The browser's Back button can bring a step again after the form was sent."""
    browser.post(URL, first(submission_key=str(uuid.uuid4())))
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    last = {"submission_key": str(uuid.uuid4()), f"q-{WHEN}": "2026-11-01"}
    browser.post(f"{URL}?step=3", last)
    opened = send_review(browser, REVIEW).url
    assert browser.post(f"{URL}?step=3", {**last, f"q-{WHEN}": "2026-11-02"}).url == URL
    assert FormDraft.objects.get().data[f"q-{WHEN}"] == ["2026-11-02"]
    browser.post(URL, first())
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    html = browser.get(f"{URL}?step=3").content.decode()
    assert 'value="2026-11-02"' in html
    assert send_review(browser, REVIEW).url != opened
    assert Ticket.objects.count() == 2


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
    assert browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"}).url == URL
    assert "“log.txt” is no longer available" in browser.get(URL).content.decode()
    # Neither the last step nor the review opens a ticket without the file either.
    assert browser.post(f"{URL}?step=3", {f"q-{WHEN}": "2026-11-01"}).url == URL
    assert browser.post(REVIEW, {}).url == URL
    assert "“log.txt” is no longer available" in browser.get(URL).content.decode()
    assert not Ticket.objects.exists()
    browser.post(URL, first(attachments=[factories.upload("new.txt")]))
    browser.post(f"{URL}?step=2", {f"q-{WHY}": "Rust"})
    browser.post(f"{URL}?step=3", {f"q-{WHEN}": "2026-11-01"})
    send_review(browser, REVIEW)
    assert Ticket.objects.get().messages.get().attachments.get().name == "new.txt"
