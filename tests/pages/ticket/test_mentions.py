"""Mentioning a teammate in a reply adds them as a follower, after a confirmation."""

import pytest
from bs4 import BeautifulSoup

from tests import factories
from tests.pages.ticket.ticket_pages import page, send
from wagtail_portal import actions
from wagtail_portal.models import Role
from wagtail_portal.permissions import Actor


@pytest.fixture
def ada(acme):
    return factories.member(acme, name="Ada Byron")


@pytest.fixture
def author(as_member, acme, ticket):
    """A test client in which an admin is signed in, who sees the other members."""
    return as_member(factories.member(acme, role=Role.ADMIN, name="Maren Tolk"))


@pytest.mark.parametrize("text", ["Ask @Ada Byron.", "(@ada)"])
def test_author_is_asked_and_told_what_the_teammate_will_see(author, ticket, ada, text):
    response = send(author, ticket, "reply/", body=text)
    notice = BeautifulSoup(response.content, "html.parser").select_one("#reply [role=alert]")
    assert "It mentions Ada Byron, who isn’t following this ticket." in notice.get_text()
    assert "including earlier messages and files" in notice.get_text()
    assert ticket.messages.count() == 1 and not ticket.followers.exists()
    # Without an answer, the question is asked again.
    assert send(author, ticket, "reply/", body=text, mentioned=ada.pk).status_code == 200
    assert send(author, ticket, "reply/", body=text, mentioned=ada.pk, add="yes").status_code == 302
    assert list(ticket.followers.all()) == [ada]
    # From now on, there's nothing to ask.
    assert send(author, ticket, "reply/", body=text).status_code == 302
    assert ticket.messages.count() == 3


def test_reply_is_sent_without_adding_anyone(author, ticket, ada, acme):
    answer = {"mentioned": ada.pk, "add": "no"}
    assert send(author, ticket, "reply/", body="@Ada", **answer).status_code == 302
    assert not ticket.followers.exists()
    # The answer is about one person, not about another.
    factories.member(acme, name="Bela Bartok")
    assert send(author, ticket, "reply/", body="@Ada @Bela", **answer).status_code == 200


def test_private_ticket_says_so(as_member, ticket, acme, ada, dana):
    actions.set_privacy(ticket, by=Actor.for_member(dana), private=True)
    admin = factories.member(acme, role=Role.ADMIN)
    actions.follow(ticket, by=Actor.for_member(dana), member=admin)
    html = send(as_member(admin), ticket, "reply/", body="@Ada").content.decode()
    assert "in this private ticket" in html


@pytest.mark.parametrize("text", ["ada@byron.example", "Ada Byron", "@Adamant", "@Robin", "@Dana"])
def test_other_words_mention_nobody(author, ticket, ada, text, team):
    factories.member(factories.organization(), name="Robin Outside")
    assert send(author, ticket, "reply/", body=text).status_code == 302


def test_ambiguous_short_names_and_invisible_members_are_not_meant(
    author, browser, ticket, ada, acme
):
    # A plain member doesn't see who else is one.
    assert send(browser, ticket, "reply/", body="@Ada Byron").status_code == 302
    factories.member(acme, name="Ada Lovelace")
    assert send(author, ticket, "reply/", body="@Ada").status_code == 302
    assert send(author, ticket, "reply/", body="@Ada Lovelace").status_code == 200
    assert (
        "Ada Lovelace"
        not in page(browser, ticket).partition("portal-composer")[0].partition("Followers")[2]
    )
