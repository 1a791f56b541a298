"""The same request sent several times at the same moment."""

import threading
import uuid
from functools import partial

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.pages.ticket_form.review import reviewed
from tests.serving import TIMEOUT
from tests.signin.test_code import ask_for_code, code_in
from wagtail_portal import actions
from wagtail_portal.models import (
    Attachment,
    Delivery,
    FormDraft,
    Notification,
    RateLimit,
    SavedFilter,
    Ticket,
)
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def send_at_once(session: str, path: str, make_data, number=4) -> list:
    """Let several tabs of one session send something together, and return their answers."""

    def send():
        browser = Client(raise_request_exception=False)
        browser.cookies["sessionid"] = session
        return browser.post(path, make_data())

    return do_at_once([send] * number)


def do_at_once(works: list) -> list:
    """Do all this work at the same moment, each in a thread, and return the results."""
    results, barrier = [], threading.Barrier(len(works))

    def run(work):
        try:
            barrier.wait(TIMEOUT)
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


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


def test_no_more_emails_are_sent_than_allowed_per_hour(home, acme, dana, settings):
    kim = factories.member(acme)
    ticket = factories.ticket(dana, followers=[kim], notify=False)
    team = Actor.for_agent(factories.agent())
    for number in range(6):
        actions.reply(ticket, by=team, body=f"No. {number}")
    mail.outbox.clear()
    RateLimit.objects.all().delete()
    Notification.objects.update(state=Delivery.DUE, due_at=timezone.now())
    settings.WAGTAIL_PORTAL = {"EMAILS_PER_TICKET": 5, "EMAILS_PER_ADDRESS": 3}
    due = list(Notification.objects.values_list("pk", flat=True))
    do_at_once([partial(outbox.send, pk) for pk in due])
    assert Notification.objects.filter(state=Delivery.DIGEST).count() == len(due) - 5 == 7
    assert {message.to[0] for message in mail.outbox} == {dana.email, kim.email}
    assert len(mail.outbox) == 5


def test_no_member_saves_more_filters_than_allowed(home, dana, as_member, settings):
    settings.WAGTAIL_PORTAL = {"SAVED_FILTERS_PER_MEMBER": 2}
    session, names = as_member(dana).cookies["sessionid"].value, iter(range(6))
    answers = send_at_once(session, "/support/filters/", lambda: {"name": next(names)}, 6)
    assert SavedFilter.objects.count() == 2
    assert {response.status_code for response in answers} <= {200, 302, 422}


def test_visitors_store_no_more_files_than_allowed(home, portal_files, settings):
    settings.WAGTAIL_PORTAL = {"VISITOR_FILES_MB": 2}
    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    data = {"subject": "x", "description": "d", "visitor-email": "kim@nowhere.example"}
    # Other tests leave files in this folder.
    before = set((portal_files / "attachments").rglob("*"))

    def make_data():
        file = factories.upload(content=b"x" * 900_000)
        return {**data, "submission_key": uuid.uuid4(), "attachments": file}

    answers = send_at_once("", "/support/report/", make_data, number=6)
    assert {response.status_code for response in answers} <= {200, 302, 429}
    assert Attachment.objects.count() == 2
    attached = set((portal_files / "attachments").rglob("*")) - before
    assert len([path for path in attached if path.is_file()]) == 2


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


def test_concurrent_reviews_open_one_ticket(at_once, home, dana, as_member):
    blocks = [factories.block("subject"), factories.block("step", "More")]
    factories.form_page(home, [*blocks, factories.block("attachments", required=True)])
    browser, key = as_member(dana), str(uuid.uuid4())
    browser.post("/support/report/", {"subject": "x", "submission_key": key})
    browser.post("/support/report/?step=2", {"attachments": factories.upload()})
    review = "/support/report/?step=3"
    answers = at_once(review, reviewed(browser, review))
    assert [status for status, _url in answers] == [302] * 4
    assert len({url for _status, url in answers}) == Ticket.objects.count() == 1
    assert not FormDraft.objects.exists()
