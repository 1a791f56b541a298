"""The same request sent several times at the same moment."""

import threading
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client

from tests import factories
from tests.signin.test_code import ask_for_code, code_in
from wagtail_portal.models import Attachment, FormDraft, Ticket

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def send_at_once(session: str, path: str, make_data, number=4) -> list:
    """Let several tabs of one session send something together, and return their answers."""
    answers, barrier = [], threading.Barrier(number)

    def run():
        try:
            browser = Client(raise_request_exception=False)
            browser.cookies["sessionid"] = session
            barrier.wait(10)
            answers.append(browser.post(path, make_data()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def at_once(home, dana, as_member):
    """Return ``at_once(path, data)``, which submits the same form from four tabs of one session and
    returns the responses."""
    session = as_member(dana).cookies["sessionid"].value

    def send(path, data):
        answers = send_at_once(session, path, lambda: {**data, "attachments": factories.upload()})
        return [(response.status_code, response.get("Location")) for response in answers]

    return send


def _signed_in_sessions() -> int:
    return sum("_auth_user_id" in row.get_decoded() for row in Session.objects.all())


def test_one_code_opens_one_session(home, dana):
    browser = Client()
    ask_for_code(browser, dana.email)
    data = {"code": code_in(mail.outbox[0]), "action": "verify"}
    session = browser.cookies["sessionid"].value
    path = "/accounts/login/code/confirm/?next=/support/"
    # As many as a code has attempts.
    answers = send_at_once(session, path, lambda: data, 5)
    assert _signed_in_sessions() == 1
    assert [response.status_code for response in answers] == [302] * 5


def test_one_code_of_a_form_opens_one_session(home, dana):
    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    browser = Client()
    data = {"subject": "x", "description": "d", "visitor-email": dana.email}
    path = browser.post("/support/report/", {**data, "submission_key": uuid.uuid4()}).url
    data = {"code": code_in(mail.outbox[0]), "action": "verify"}
    answers = send_at_once(browser.cookies["sessionid"].value, path, lambda: data, 8)
    assert _signed_in_sessions() == 1
    assert [response.status_code for response in answers] == [302] * 8
    assert Ticket.objects.count() == 1


@pytest.fixture
def database_cache(settings):
    """The cache that the documentation recommends, which doesn't count atomically."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "test_cache",
        }
    }
    call_command("createcachetable", verbosity=0)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE test_cache")


def test_one_address_gets_no_more_codes_than_allowed(home, database_cache):
    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    data = {"subject": "x", "description": "d", "visitor-email": "kim@nowhere.example"}
    send_at_once(
        "", "/support/report/", lambda: {**data, "submission_key": uuid.uuid4()}, number=12
    )
    assert len(mail.outbox) == 5


def test_no_more_wrong_codes_are_checked_than_allowed(home, dana, database_cache):
    browser = Client()
    ask_for_code(browser, dana.email)
    session, path = browser.cookies["sessionid"].value, "/accounts/login/code/confirm/"
    data = {"code": "BBBB-BBBB", "action": "verify"}
    answers = send_at_once(session, path, lambda: data, number=12)
    checked = [page for page in answers if "That code isn’t correct" in page.content.decode()]
    assert len(checked) <= 5


def test_concurrent_submissions_create_one_ticket_and_reply(at_once, home):
    factories.form_page(home)
    data = {"submission_key": uuid.uuid4(), "subject": "x", "description": "d"}
    answers = at_once("/support/report/", data)
    ticket = Ticket.objects.get()
    assert answers == [(302, f"/support/tickets/{ticket.number}/")] * 4

    data = {"submission_key": uuid.uuid4(), "body": "x"}
    answers = at_once(f"/support/tickets/{ticket.number}/reply/", data)
    message = ticket.messages.latest("id")
    assert answers == [(302, f"/support/tickets/{ticket.number}/#message-{message.pk}")] * 4
    assert ticket.messages.count() == 2
    assert Attachment.objects.count() == 2


def test_concurrent_last_steps_open_one_ticket(at_once, home, dana, as_member):
    blocks = [factories.block("subject"), factories.block("step", "More")]
    factories.form_page(home, [*blocks, factories.block("attachments", required=True)])
    browser, key = as_member(dana), str(uuid.uuid4())
    browser.post("/support/report/", {"subject": "x", "submission_key": key})
    answers = at_once("/support/report/?step=2", {"submission_key": key})
    assert [status for status, _url in answers] == [302] * 4
    assert len({url for _status, url in answers}) == Ticket.objects.count() == 1
    assert not FormDraft.objects.exists()
