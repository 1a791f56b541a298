"""A message's URL opens the page of the conversation that contains it."""

import re
from datetime import timedelta

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.permissions import Actor


@pytest.fixture
def by():
    return Actor.for_agent(factories.agent(name="Robin Vale"))


@pytest.fixture
def messages(home, dana, by, settings):
    """Seven messages of a ticket that shows two per page."""
    settings.WAGTAIL_PORTAL = {"MESSAGES_PER_PAGE": 2}
    ticket = factories.ticket(dana, body="Letter 0.")
    for number in range(1, 7):
        actions.reply(ticket, by=by, body=f"Letter {number}.")
    return list(ticket.messages.all())


def shown(page):
    return re.findall(r"Letter \d", page.content.decode())


def test_link_opens_the_page_that_contains_the_message(browser, messages):
    for number, message in enumerate(messages):
        url = f"/support/tickets/{message.ticket.number}/?message={message.pk}"
        page = browser.get(url)
        assert f"Letter {number}" in shown(page)
        html = page.content.decode()
        assert f'id="message-{message.pk}"' in html
        assert f'href="{url}#message-{message.pk}"' in html


def test_messages_with_the_same_time_are_found(browser, messages):
    for message in messages:
        message.created_at = messages[0].created_at
        message.save()
    for number, message in enumerate(messages):
        url = f"/support/tickets/{message.ticket.number}/?message={message.pk}"
        assert f"Letter {number}" in shown(browser.get(url))


def test_url_stays_the_same_as_the_conversation_grows(browser, messages, by):
    first = messages[5]
    url = f"/support/tickets/{first.ticket.number}/?message={first.pk}"
    for _ in range(5):
        actions.reply(first.ticket, by=by, body="And on it goes")
    assert "Letter 5" in shown(browser.get(url))


def test_link_to_an_invisible_message_opens_the_ticket(browser, messages, by, dana):
    ticket = messages[0].ticket
    note = actions.add_note(ticket, by=by, body="Between us", at=messages[1].created_at)
    foreign = factories.ticket(
        factories.member(factories.organization()), at=messages[0].created_at - timedelta(days=1)
    )
    other = factories.ticket(dana, at=messages[0].created_at - timedelta(days=1))
    asked = [note.pk, foreign.messages.get().pk, other.messages.get().pk, 10**8]
    for pk in [*asked, "9" * 18, "9" * 30, "x", "-1", "%00", ""]:
        page = browser.get(f"/support/tickets/{ticket.number}/?message={pk}")
        assert page.status_code == 200
        assert shown(page) == ["Letter 5", "Letter 6"]


def test_email_about_a_reply_links_to_the_reply(
    home, dana, by, mailoutbox, django_capture_on_commit_callbacks
):
    ticket = factories.ticket(dana, notify=False)
    with django_capture_on_commit_callbacks(execute=True):
        message = actions.reply(ticket, by=by, body="Which browser?")
    (mail,) = mailoutbox
    assert f"/support/tickets/{ticket.number}/?message={message.pk}#message-{message.pk}\n" in (
        mail.body
    )
