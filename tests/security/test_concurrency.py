"""The same request sent several times at the same moment."""

import threading
import uuid

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from wagtail_portal.models import Attachment, FormDraft, Ticket

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def at_once(home, dana, as_member):
    """Return ``at_once(path, data)``, which submits the same form from four tabs of one session and
    returns the responses."""
    session = as_member(dana).cookies["sessionid"].value

    def send(path, data):
        answers, barrier = [], threading.Barrier(4)

        def run():
            try:
                browser = Client(raise_request_exception=False)
                browser.cookies["sessionid"] = session
                barrier.wait(10)
                response = browser.post(path, {**data, "attachments": factories.upload()})
                answers.append((response.status_code, response.get("Location")))
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return send


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
