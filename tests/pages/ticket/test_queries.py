"""The ticket page takes as many queries for one message as for two hundred."""

import uuid

import pytest
from django.db import connection

from tests import factories
from wagtail_portal import actions
from wagtail_portal.permissions import Actor

MOST = 11
#: With a savepoint, because a test is a transaction.
REPLY = 20


@pytest.fixture
def browser(as_member, dana, home):
    browser = as_member(dana)
    # Caches the portal settings.
    browser.get("/support/")
    return browser


@pytest.fixture
def short(dana, home):
    return factories.ticket(dana, attachments=[factories.upload(), factories.picture()])


@pytest.fixture
def long(dana, home):
    """Two hundred messages from several people, with files."""
    ticket = factories.ticket(dana, attachments=[factories.upload()], notify=False)
    people = [Actor.for_agent(factories.agent()) for _ in range(3)] + [Actor.for_member(dana)]
    for number in range(199):
        files = [factories.upload()] if number % 4 == 0 else []
        by, at = people[number % 4], ticket.opened_at
        actions.reply(ticket, by=by, body=f"No. {number}", attachments=files, at=at, notify=False)
    return ticket


@pytest.mark.parametrize("shown", [50, 200])
def test_ticket_page(browser, short, long, shown, settings, django_assert_max_num_queries):
    settings.WAGTAIL_PORTAL = {"MESSAGES_PER_PAGE": shown}
    # Unread messages are only looked up if someone else has written, as in both tickets.
    actions.reply(short, by=Actor.for_agent(factories.agent()), body="Which one?", notify=False)
    with django_assert_max_num_queries(MOST) as one:
        browser.get(f"/support/tickets/{short.number}/")
    with django_assert_max_num_queries(MOST) as many:
        page = browser.get(f"/support/tickets/{long.number}/").content.decode()
    assert page.count('class="portal-message ') + page.count('class="portal-message"') == shown
    assert len(one) == len(many)


def test_permanent_link(browser, short, long, django_assert_max_num_queries):
    newest, oldest = long.messages.last(), long.messages.first()
    for message, most in ((short.messages.get(), MOST), (newest, MOST), (oldest, MOST + 3)):
        with django_assert_max_num_queries(most):
            path = f"/support/tickets/{message.ticket.number}/?message={message.pk}"
            page = browser.get(path).content.decode()
        assert f'id="message-{message.pk}"' in page


def test_live_updates(browser, short, long, django_assert_max_num_queries):
    # Wagtail caches the URLs of sites.
    browser.get(f"/accounts/updates/{short.number}/?after=0")
    with django_assert_max_num_queries(20) as one:
        browser.get(f"/accounts/updates/{short.number}/?after=0")
    with django_assert_max_num_queries(20) as many:
        browser.get(f"/accounts/updates/{long.number}/?after=0")
    assert len(one) == len(many)


def test_reply(browser, short, django_assert_num_queries):
    actions.assign(short, by=Actor.system(), assignee=factories.agent())
    path = f"/support/tickets/{short.number}/reply/"
    browser.post(path, {"body": "It stopped.", "submission_key": uuid.uuid4()})
    with django_assert_num_queries(REPLY + (connection.vendor == "mysql")):
        browser.post(path, {"body": "Stopped.", "submission_key": uuid.uuid4()})
    assert short.messages.count() == 3
